#if !defined(__APPLE__)
#define _POSIX_C_SOURCE 200809L
#endif

#include "engine.h"

#include <stdlib.h>
#include <unistd.h>

#include "failure.h"
#include "result.h"

enum { MAX_POINTS = 10000000 };
enum { DEADLINE_PLACE = WIRE_HEAD }; /* first in an IDENTIFY frame */

static contraspec_status check_query(const contraspec_engine *engine, const contraspec_query *query) {
  if (!engine || !query) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "%s is NULL", engine ? "query" : "engine");
  }
  if (engine->owner != getpid()) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "this engine belongs to the process that opened it, not to its fork");
  }
  return CONTRASPEC_OK;
}

static contraspec_status check_values(const contraspec_query *query) {
  if (!query->axis || !query->intensity) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "%s is NULL", query->axis ? "intensity" : "axis");
  }
  if (query->points == 0 || query->points > MAX_POINTS) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "%zu points: expected 1 to %d", query->points, MAX_POINTS);
  }
  if (!is_time(query->deadline_s)) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "deadline of %g s: expected a number above 0, or 0 for none",
                query->deadline_s);
  }
  return CONTRASPEC_OK;
}

static int put_query(wire_buffer *asked, const contraspec_query *query) {
  wire_begin(asked, WIRE_IDENTIFY);
  wire_number(asked, 0.0); /* the deadline: known once it is this call's turn */
  wire_count(asked, query->points);
  wire_numbers(asked, query->axis, query->points);
  wire_numbers(asked, query->intensity, query->points);
  wire_text(asked, query->name);
  wire_text(asked, query->technique);
  wire_text(asked, query->unit);
  wire_text(asked, query->metadata_json);
  return wire_end(asked);
}

static contraspec_status lost(contraspec_engine *engine, enum process_outcome outcome) {
  process_stop(&engine->child, 0.0);
  if (outcome == PROCESS_SILENT) {
    return fail(CONTRASPEC_DIED, "the engine said nothing for %g s and was ended; the next call starts it anew",
                engine->call_timeout_s);
  }
  return fail(CONTRASPEC_DIED, "the engine process ended; the next call starts it anew");
}

/* Ask and hear the answer; it is the turn of this call. */
static contraspec_status ask(contraspec_engine *engine, const wire_buffer *asked, contraspec_result **result) {
  double until = process_now() + engine->call_timeout_s;
  unsigned char head[WIRE_HEAD], *body = NULL;
  size_t size = 0;
  enum process_outcome outcome = process_send(&engine->child, asked->data, asked->size, until);
  if (!outcome) {
    outcome = receive_frame(&engine->child, until, head, &body, &size);
  }
  if (outcome) {
    free(body);
    return lost(engine, outcome);
  }
  if (wire_read_count(head + 4) == WIRE_ERROR) {
    contraspec_status status = told(body, size);
    free(body);
    return status;
  }
  int no_memory = 0;
  *result = result_from(body, size, &no_memory);
  if (*result) {
    return CONTRASPEC_OK;
  }
  if (no_memory) {
    return fail(CONTRASPEC_NO_MEMORY, "no memory for a result");
  }
  process_stop(&engine->child, 0.0); /* what it says next could be anything */
  return fail(CONTRASPEC_FAULT, "the engine process gave an answer that cannot be read: report this");
}

/* Ask in turn, with what is left of the deadline. */
static contraspec_status ask_in_turn(contraspec_engine *engine, wire_buffer *asked, double due,
                                     contraspec_result **result) {
  if (!process_lives(&engine->child)) { /* it ended between two calls: nothing was lost */
    process_stop(&engine->child, 0.0);
    contraspec_status status = engine_start(engine);
    if (status) {
      return status;
    }
  }
  if (due > 0.0) {
    double left = due - process_now();
    if (left <= 0.0) {
      return fail(CONTRASPEC_DEADLINE, "the deadline passed before this call's turn: nothing was identified");
    }
    wire_patch_number(asked, DEADLINE_PLACE, left);
  }
  return ask(engine, asked, result);
}

contraspec_status contraspec_identify(contraspec_engine *engine, const contraspec_query *query,
                                      contraspec_result **result) {
  double begun = process_now();
  contraspec_query own = CONTRASPEC_QUERY_INIT;
  if (!result) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "result is NULL: there is nowhere to put one");
  }
  *result = NULL;
  contraspec_status status = check_query(engine, query);
  if (status) {
    return status;
  }
  if (adopt(&own, sizeof own, query, sizeof own)) {
    return fail(CONTRASPEC_BAD_ARGUMENT, "query: begin with CONTRASPEC_QUERY_INIT; or it is of a newer header");
  }
  status = check_values(&own);
  if (status) {
    return status;
  }
  wire_buffer asked;
  if (put_query(&asked, &own)) {
    wire_free(&asked);
    return fail(CONTRASPEC_NO_MEMORY, "no memory for a query, or its texts are too long");
  }
  double limit = own.deadline_s > 0.0 ? own.deadline_s : engine->deadline_s;
  turns_take(&engine->turns);
  status = ask_in_turn(engine, &asked, limit > 0.0 ? begun + limit : 0.0, result);
  turns_leave(&engine->turns);
  wire_free(&asked);
  return status;
}
