#if !defined(__APPLE__)
#define _POSIX_C_SOURCE 200809L
#endif

#include "engine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

#ifndef CONTRASPEC_PYTHON
#define CONTRASPEC_PYTHON "python3"
#endif
#ifndef CONTRASPEC_VERSION
#define CONTRASPEC_VERSION "unknown"
#endif

enum { MAX_LIST = 10000 };
static const double OPEN_TIMEOUT_S = 600.0, CALL_TIMEOUT_S = 120.0, LONGEST_S = 1e7, GRACE_S = 5.0;

int contraspec_abi(void) { return CONTRASPEC_ABI; }

const char *contraspec_version(void) { return CONTRASPEC_VERSION; }

int adopt(void *own, size_t own_size, const void *theirs, size_t least) {
  size_t size;
  memcpy(&size, theirs, sizeof size);
  if (size < least || size > 4096) {
    return -1;
  }
  for (size_t i = own_size; i < size; i++) {
    if (((const unsigned char *)theirs)[i]) {
      return -1;
    }
  }
  memcpy(own, theirs, size < own_size ? size : own_size);
  return 0;
}

int is_time(double seconds) { return seconds >= 0.0 && seconds <= LONGEST_S; }

static char *copied(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = malloc(size);
  return copy ? memcpy(copy, text, size) : NULL;
}

static const char *python_of(const contraspec_config *config) {
  if (config->python && config->python[0]) {
    return config->python;
  }
  const char *named = getenv("CONTRASPEC_PYTHON");
  return named && named[0] ? named : CONTRASPEC_PYTHON;
}

static void list(wire_buffer *buffer, const char *const *texts, size_t count) {
  wire_count(buffer, count);
  for (size_t i = 0; i < count; i++) {
    wire_text(buffer, texts[i]);
  }
}

static contraspec_status check_lists(const char *const *libraries, size_t count, const contraspec_config *config) {
  if ((count && !libraries) || (config->watch_count && !config->watch)) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "libraries or watch is NULL, but its count is not 0");
  }
  if (count > MAX_LIST || config->watch_count > MAX_LIST) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "more than %d libraries or watched substances", MAX_LIST);
  }
  for (size_t i = 0; i < count; i++) {
    if (!libraries[i] || !libraries[i][0]) {
      return fail(CONTRASPEC_BAD_ARGUMENT, "library %zu is NULL or empty", i);
    }
  }
  for (size_t i = 0; i < config->watch_count; i++) {
    if (!config->watch[i] || !config->watch[i][0]) {
      return fail(CONTRASPEC_BAD_ARGUMENT, "watched substance %zu is NULL or empty", i);
    }
  }
  if (!is_time(config->deadline_s) || !is_time(config->open_timeout_s) || !is_time(config->call_timeout_s)) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "a deadline or timeout is not a number of seconds above 0, or 0 for none");
  }
  return CONTRASPEC_OK;
}

/* Fill a fresh engine from its configuration; -1 when memory is short. */
static int prepare(contraspec_engine *engine, const char *const *libraries, size_t count,
                   const contraspec_config *config) {
  engine->child = (process){0, -1, -1};
  engine->owner = getpid();
  engine->deadline_s = config->deadline_s;
  engine->open_timeout_s = config->open_timeout_s > 0.0 ? config->open_timeout_s : OPEN_TIMEOUT_S;
  engine->call_timeout_s = config->call_timeout_s > 0.0 ? config->call_timeout_s : CALL_TIMEOUT_S;
  engine->python = copied(python_of(config));
  engine->log = config->log && config->log[0] ? copied(config->log) : NULL;
  wire_buffer *opening = &engine->opening;
  wire_begin(opening, WIRE_OPEN);
  wire_count(opening, WIRE_VERSION);
  list(opening, libraries, count);
  list(opening, config->watch, config->watch_count);
  wire_text(opening, config->policy);
  wire_text(opening, config->trust);
  wire_number(opening, config->prior);
  wire_number(opening, config->deadline_s);
  int missing = !engine->python || (config->log && config->log[0] && !engine->log);
  return wire_end(opening) || missing ? -1 : 0;
}

/* Give back all but the process and the turns. */
static void dismantle(contraspec_engine *engine) {
  wire_free(&engine->opening);
  free(engine->python);
  free(engine->log);
  free(engine);
}

contraspec_status contraspec_open(const char *const *libraries, size_t count, const contraspec_config *config,
                                  contraspec_engine **engine) {
  contraspec_config own = CONTRASPEC_CONFIG_INIT;
  if (!engine) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "engine is NULL: there is nowhere to put one");
  }
  *engine = NULL;
  if (config && adopt(&own, sizeof own, config, sizeof own)) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "config: begin with CONTRASPEC_CONFIG_INIT; or it is of a newer header");
  }
  contraspec_status status = check_lists(libraries, count, &own);
  if (status) {
    return status;
  }
  contraspec_engine *made = calloc(1, sizeof *made);
  if (!made || turns_begin(&made->turns)) {
    free(made);
    return fail(CONTRASPEC_NO_MEMORY, "no memory for an engine");
  }
  status = prepare(made, libraries, count, &own)
               ? fail(CONTRASPEC_NO_MEMORY, "no memory for an engine, or its arguments are too long")
               : engine_start(made);
  if (status) {
    turns_end(&made->turns);
    dismantle(made);
    return status;
  }
  *engine = made;
  return CONTRASPEC_OK;
}

void contraspec_close(contraspec_engine *engine) {
  if (!engine) {
    return;
  }
  if (engine->owner == getpid()) {
    turns_take(&engine->turns);
    process_stop(&engine->child, GRACE_S);
    turns_leave(&engine->turns);
    turns_end(&engine->turns);
  } else if (engine->child.link >= 0) {
    close(engine->child.link); /* after fork neither the process nor the turns are ours */
  }
  dismantle(engine);
}

const char *contraspec_engine_version(const contraspec_engine *engine) { return engine ? engine->version : ""; }

long contraspec_engine_process(contraspec_engine *engine) {
  if (!engine || engine->owner != getpid()) {
    return 0;
  }
  turns_take(&engine->turns);
  long pid = process_lives(&engine->child) ? (long)engine->child.pid : 0;
  turns_leave(&engine->turns);
  return pid;
}

unsigned long contraspec_engine_starts(contraspec_engine *engine) {
  if (!engine || engine->owner != getpid()) {
    return 0;
  }
  turns_take(&engine->turns);
  unsigned long starts = engine->starts;
  turns_leave(&engine->turns);
  return starts;
}
