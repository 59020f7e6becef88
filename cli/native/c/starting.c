#if !defined(__APPLE__)
#define _POSIX_C_SOURCE 200809L
#endif

#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"

static const double GRACE_S = 5.0;

enum process_outcome receive_frame(const process *child, double until, unsigned char head[WIRE_HEAD],
                                   unsigned char **body, size_t *size) {
  *body = NULL;
  enum process_outcome outcome = process_receive(child, head, WIRE_HEAD, until);
  if (outcome) {
    return outcome;
  }
  *size = wire_read_count(head);
  if (*size > WIRE_MAX_BODY || !(*body = malloc(*size + 1))) {
    return PROCESS_ENDED; /* what it says cannot be heard: the same as if it had not */
  }
  return process_receive(child, *body, *size, until);
}

contraspec_status told(const unsigned char *body, size_t size) {
  wire_reader reader = {body, size, 0, 0};
  size_t status = wire_take_count(&reader);
  const char *text = wire_take_text(&reader);
  if (reader.failed || status == 0 || status > CONTRASPEC_DIED) {
    return fail(CONTRASPEC_FAULT, "the engine process reported an error that cannot be read: report this");
  }
  return fail((contraspec_status)status, "%s", text);
}

static void note_version(contraspec_engine *engine, const unsigned char *body, size_t size) {
  wire_reader reader = {body, size, 0, 0};
  snprintf(engine->version, sizeof engine->version, "%s", wire_take_text(&reader));
}

static contraspec_status not_ready(contraspec_engine *engine, enum process_outcome outcome) {
  char words[512];
  process_stop(&engine->child, outcome == PROCESS_SILENT ? 0.0 : GRACE_S);
  process_last_words(&engine->child, words, sizeof words);
  process_hush(&engine->child);
  if (outcome == PROCESS_SILENT) {
    return fail(CONTRASPEC_NOT_STARTED, "the libraries were not loaded within %g s: raise open_timeout_s",
                engine->open_timeout_s);
  }
  return fail(CONTRASPEC_NOT_STARTED, "%s could not run the engine (%s): name an interpreter that has contraspec",
              engine->python, words[0] ? words : "it said nothing");
}

contraspec_status engine_start(contraspec_engine *engine) {
  int error = process_start(&engine->child, engine->python, engine->log);
  if (error) {
    return fail(CONTRASPEC_NOT_STARTED, "%s could not be started (%s)%s%s", engine->python, strerror(error),
                engine->log ? "; log: " : "", engine->log ? engine->log : "");
  }
  double until = process_now() + engine->open_timeout_s;
  unsigned char head[WIRE_HEAD], *body = NULL;
  size_t size = 0;
  enum process_outcome outcome =
      process_send(&engine->child, engine->opening.data, engine->opening.size, until);
  if (!outcome) {
    outcome = receive_frame(&engine->child, until, head, &body, &size);
  }
  contraspec_status status = CONTRASPEC_OK;
  if (outcome) {
    status = not_ready(engine, outcome);
  } else if (wire_read_count(head + 4) == WIRE_READY) {
    if (!engine->starts++) {
      note_version(engine, body, size); /* others may be reading it later on */
    }
    process_hush(&engine->child);
  } else {
    status = told(body, size);
    process_stop(&engine->child, GRACE_S);
    process_hush(&engine->child);
  }
  free(body);
  return status;
}
