/* Calls the engine many times and says what it cost: native_soak CALLS THREADS FILE... [-l LIBRARY]
 *
 *   cc -std=c11 -O2 -pthread -Inative native_soak.c -o native_soak -Lnative -lcontraspec -lm -Wl,-rpath,$PWD/native
 *   ./native_soak 10000 1 scan.csv other.csv
 *
 * The threads share one engine and go through the files in turn. One line of JSON: calls that failed, answers that
 * differ from the first one to the same file, resident memory of this process and of the engine (KiB; slopes over
 * the last four fifths of the calls, Linux only), time to open and to the first answer, of a call, and what a call
 * takes beyond the engine's own time. Exit code 1 when a call failed or an answer differed.
 */
#define _POSIX_C_SOURCE 200809L
#include <contraspec.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FILES = 64, MAX_POINTS = 20000, MAX_THREADS = 64, SAMPLES = 50 };

typedef struct scan {
  double axis[MAX_POINTS], intensity[MAX_POINTS];
  size_t points;
  char *first; /* its first record */
} scan;

typedef struct sample {
  double call, own, engine;
} sample;

static scan scans[MAX_FILES];
static size_t scan_count, total, next_call, failed, differed, sampled;
static double *call_s, *beyond_s;
static sample samples[SAMPLES + 1];
static contraspec_engine *engine;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int read_scan(const char *path, scan *one) {
  char line[512];
  FILE *file = fopen(path, "r");
  if (!file) {
    perror(path);
    return -1;
  }
  while (one->points < MAX_POINTS && fgets(line, sizeof line, file)) {
    if (sscanf(line, "%lf%*[,; \t]%lf", &one->axis[one->points], &one->intensity[one->points]) == 2) {
      one->points++;
    }
  }
  fclose(file);
  return 0;
}

/* Resident memory of a process; 0 where the system does not say. */
static double resident_kib(long process) {
  char path[64];
  long pages = 0;
  snprintf(path, sizeof path, "/proc/%ld/statm", process);
  FILE *file = fopen(path, "r");
  if (file) {
    if (fscanf(file, "%*s %ld", &pages) != 1) {
      pages = 0;
    }
    fclose(file);
  }
  return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024.0;
}

/* Note one call; the lock is held. */
static void note(size_t call, size_t which, const char *record, double seconds, double engine_s) {
  call_s[call] = seconds;
  beyond_s[call] = seconds - engine_s;
  if (!scans[which].first) {
    scans[which].first = strdup(record);
  } else if (strcmp(scans[which].first, record) != 0) {
    differed++;
  }
  size_t every = total / SAMPLES ? total / SAMPLES : 1;
  if (call % every == 0 && sampled <= SAMPLES) {
    samples[sampled++] = (sample){(double)call, resident_kib((long)getpid()), 0.0};
  }
}

static void *ask(void *unused) {
  (void)unused;
  for (;;) {
    pthread_mutex_lock(&lock);
    size_t call = next_call++;
    pthread_mutex_unlock(&lock);
    if (call >= total) {
      return NULL;
    }
    size_t which = call % scan_count;
    contraspec_query query = CONTRASPEC_QUERY_INIT;
    query.axis = scans[which].axis;
    query.intensity = scans[which].intensity;
    query.points = scans[which].points;
    contraspec_result *result = NULL;
    double begun = now();
    contraspec_status status = contraspec_identify(engine, &query, &result);
    double seconds = now() - begun;
    pthread_mutex_lock(&lock);
    if (status != CONTRASPEC_OK) {
      fprintf(stderr, "%s: %s\n", contraspec_status_name(status), contraspec_error());
      failed++;
    } else {
      size_t before = sampled;
      note(call, which, contraspec_result_record(result), seconds, contraspec_result_elapsed_s(result));
      if (sampled > before) {
        samples[before].engine = resident_kib(contraspec_engine_process(engine));
      }
    }
    pthread_mutex_unlock(&lock);
    contraspec_result_free(result);
  }
}

/* KiB per 1,000 calls: least squares over the last four fifths of the samples. */
static double slope(int of_engine) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (size_t i = sampled / 5; i < sampled; i++) {
    double kib = of_engine ? samples[i].engine : samples[i].own, call = samples[i].call / 1000.0;
    n += 1;
    x += call;
    y += kib;
    xx += call * call;
    xy += call * kib;
  }
  double spread = n * xx - x * x;
  return spread > 0 ? (n * xy - x * y) / spread : 0.0;
}

static int ascending(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

static double at(double *sorted, double part) { return 1000.0 * sorted[(size_t)(part * (double)(total - 1))]; }

static void report(double open_s, double first_s) {
  qsort(call_s, total, sizeof *call_s, ascending);
  qsort(beyond_s, total, sizeof *beyond_s, ascending);
  sample last = samples[sampled ? sampled - 1 : 0];
  printf("{\"calls\": %zu, \"failed\": %zu, \"differed\": %zu, \"starts\": %lu, ", total, failed, differed,
         contraspec_engine_starts(engine));
  printf("\"open_s\": %.3f, \"first_s\": %.3f, \"call_p50_ms\": %.3f, \"call_p99_ms\": %.3f, ", open_s, first_s,
         at(call_s, 0.5), at(call_s, 0.99));
  printf("\"beyond_engine_p50_ms\": %.3f, \"beyond_engine_p99_ms\": %.3f, ", at(beyond_s, 0.5), at(beyond_s, 0.99));
  printf("\"own_kib\": %.0f, \"own_kib_per_1000\": %.2f, ", last.own, slope(0));
  printf("\"engine_kib\": %.0f, \"engine_kib_per_1000\": %.2f}\n", last.engine, slope(1));
}

int main(int argc, char **argv) {
  const char *libraries[MAX_FILES];
  size_t library_count = 0;
  size_t threads = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
  total = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
  for (int i = 3; i < argc; i++) {
    if (strcmp(argv[i], "-l") == 0 && i + 1 < argc && library_count < MAX_FILES) {
      libraries[library_count++] = argv[++i];
    } else if (scan_count < MAX_FILES && read_scan(argv[i], &scans[scan_count++])) {
      return 2;
    }
  }
  call_s = calloc(total ? total : 1, sizeof *call_s);
  beyond_s = calloc(total ? total : 1, sizeof *beyond_s);
  if (!total || !threads || threads > MAX_THREADS || !scan_count || !call_s || !beyond_s) {
    fprintf(stderr, "usage: native_soak CALLS THREADS FILE... [-l LIBRARY]\n");
    return 2;
  }
  for (size_t i = 0; i < total; i++) {
    call_s[i] = beyond_s[i] = -1.0; /* touched now, so that they are no growth later */
  }
  double begun = now();
  contraspec_status status = contraspec_open(libraries, library_count, NULL, &engine);
  double opened = now();
  if (status != CONTRASPEC_OK) {
    fprintf(stderr, "%s: %s\n", contraspec_status_name(status), contraspec_error());
    free(call_s);
    free(beyond_s);
    return 2;
  }
  contraspec_query query = CONTRASPEC_QUERY_INIT;
  query.axis = scans[0].axis;
  query.intensity = scans[0].intensity;
  query.points = scans[0].points;
  contraspec_result *result = NULL;
  contraspec_identify(engine, &query, &result);
  contraspec_result_free(result);
  double answered = now();
  pthread_t workers[MAX_THREADS];
  size_t started = 0;
  while (started < threads && pthread_create(&workers[started], NULL, ask, NULL) == 0) {
    started++;
  }
  for (size_t i = 0; i < started; i++) {
    pthread_join(workers[i], NULL);
  }
  report(opened - begun, answered - begun);
  for (size_t i = 0; i < scan_count; i++) {
    free(scans[i].first);
  }
  contraspec_close(engine);
  free(call_s);
  free(beyond_s);
  return failed || differed || started < threads;
}
