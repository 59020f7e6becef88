/* Says what a scan is: identify FILE [LIBRARY]...
 *
 *   contraspec native build --out native
 *   cc -std=c11 -Inative identify.c -o identify -Lnative -lcontraspec -Wl,-rpath,$PWD/native
 *
 * FILE has two columns, Raman shift and intensity, parted by a comma, a semicolon, a tab or blanks.
 * Exit codes: 0 a verdict, 1 a verdict with an alert, 2 usage, 3 the file or its spectrum, 4 a library, 70 others.
 */
#include <contraspec.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_POINTS 100000

static double axis[MAX_POINTS], intensity[MAX_POINTS];

/* Number of points; lines that do not begin with two numbers are passed over. */
static size_t read_columns(FILE *file) {
  char line[1024];
  size_t points = 0;
  while (points < MAX_POINTS && fgets(line, sizeof line, file)) {
    char *end, *rest;
    double x = strtod(line, &end);
    if (end == line) {
      continue;
    }
    for (rest = end; *rest == ',' || *rest == ';' || isspace((unsigned char)*rest); rest++) {
    }
    double y = strtod(rest, &end);
    if (end != rest) {
      axis[points] = x;
      intensity[points++] = y;
    }
  }
  return points;
}

static int failed(contraspec_status status) {
  fprintf(stderr, "%s: %s\n", contraspec_status_name(status), contraspec_error());
  if (status == CONTRASPEC_SPECTRUM || status == CONTRASPEC_BAD_ARGUMENT) {
    return 3;
  }
  return status == CONTRASPEC_LIBRARY || status == CONTRASPEC_CALIBRATION ? 4 : 70;
}

static void print_answer(const contraspec_result *result) {
  printf("verdict: %s%s\n", contraspec_result_verdict(result),
         contraspec_result_alert(result) ? " ALERT" : "");
  if (contraspec_result_has_probability(result)) {
    printf("probability: %.6g\n", contraspec_result_probability(result));
  }
  for (size_t i = 0; i < contraspec_result_substance_count(result); i++) {
    const contraspec_substance *one = contraspec_result_substance(result, i);
    printf("substance: %s (%s), %s", one->name, one->cas, one->role);
    if (!isnan(one->share)) {
      printf(", %.6g of the spectrum", one->share);
    }
    putchar('\n');
  }
  for (size_t i = 0; i < contraspec_result_reason_count(result); i++) {
    printf("reason: %s\n", contraspec_result_reason(result, i));
  }
  printf("next: %s\n%s\n", contraspec_result_next_action(result), contraspec_result_record(result));
}

int main(int argc, char **argv) {
  if (argc < 2 || contraspec_abi() != CONTRASPEC_ABI) {
    fprintf(stderr, "usage: identify FILE [LIBRARY]...\n");
    return 2;
  }
  FILE *file = fopen(argv[1], "r");
  if (!file) {
    perror(argv[1]);
    return 3;
  }
  contraspec_query query = CONTRASPEC_QUERY_INIT;
  query.axis = axis;
  query.intensity = intensity;
  query.points = read_columns(file);
  query.name = argv[1];
  fclose(file);

  contraspec_engine *engine;
  contraspec_status status =
      contraspec_open((const char *const *)&argv[2], (size_t)(argc - 2), NULL, &engine);
  if (status != CONTRASPEC_OK) {
    return failed(status);
  }
  contraspec_result *result;
  status = contraspec_identify(engine, &query, &result);
  int code = status == CONTRASPEC_OK ? contraspec_result_alert(result) : failed(status);
  if (status == CONTRASPEC_OK) {
    print_answer(result);
  }
  contraspec_result_free(result);
  contraspec_close(engine);
  return code;
}
