#include "result.h"

#include <math.h>
#include <stdlib.h>

#include "wire.h"

typedef struct texts {
  const char **items;
  size_t count;
} texts;

struct contraspec_result {
  unsigned char *body; /* all texts lie in it */
  const char *verdict;
  const char *next_action;
  const char *record;
  double probability;
  double elapsed_s;
  double overrun_s;
  int alert;
  texts reasons;
  texts degraded;
  contraspec_substance *substances;
  size_t substance_count;
};

/* Array for as many members as a body of that size can hold; never of length 0. */
static void *members(const wire_reader *reader, size_t count, size_t size) {
  return count <= reader->size ? calloc(count ? count : 1, size) : NULL;
}

static int take_texts(wire_reader *reader, texts *found) {
  size_t count = wire_take_count(reader);
  found->items = members(reader, count, sizeof *found->items);
  if (!found->items) {
    return -1;
  }
  found->count = count;
  for (size_t i = 0; i < count; i++) {
    found->items[i] = wire_take_text(reader);
  }
  return 0;
}

static int take_substances(wire_reader *reader, contraspec_result *result) {
  size_t count = wire_take_count(reader);
  result->substances = members(reader, count, sizeof *result->substances);
  if (!result->substances) {
    return -1;
  }
  result->substance_count = count;
  for (size_t i = 0; i < count; i++) {
    contraspec_substance *one = &result->substances[i];
    one->name = wire_take_text(reader);
    one->form = wire_take_text(reader);
    one->id = wire_take_text(reader);
    one->cas = wire_take_text(reader);
    one->role = wire_take_text(reader);
    one->grade = wire_take_text(reader);
    one->probability = wire_take_number(reader);
    one->share = wire_take_number(reader);
    one->hqi = wire_take_number(reader);
  }
  return 0;
}

contraspec_result *result_from(unsigned char *body, size_t size, int *no_memory) {
  wire_reader reader = {body, size, 0, 0};
  contraspec_result *result = calloc(1, sizeof *result);
  *no_memory = !result;
  if (!result) {
    free(body);
    return NULL;
  }
  result->body = body;
  result->verdict = wire_take_text(&reader);
  result->alert = wire_take_count(&reader) != 0;
  result->probability = wire_take_number(&reader);
  result->elapsed_s = wire_take_number(&reader);
  result->overrun_s = wire_take_number(&reader);
  result->next_action = wire_take_text(&reader);
  *no_memory = take_texts(&reader, &result->reasons) || take_texts(&reader, &result->degraded) ||
               take_substances(&reader, result);
  if (!*no_memory) {
    result->record = wire_take_text(&reader);
    if (!reader.failed && reader.place == reader.size && result->verdict[0]) {
      return result;
    }
  }
  contraspec_result_free(result);
  return NULL;
}

void contraspec_result_free(contraspec_result *result) {
  if (!result) {
    return;
  }
  free(result->reasons.items);
  free(result->degraded.items);
  free(result->substances);
  free(result->body);
  free(result);
}

static const char *item(const texts *found, size_t i) { return i < found->count ? found->items[i] : ""; }

const char *contraspec_result_verdict(const contraspec_result *result) { return result ? result->verdict : ""; }

int contraspec_result_alert(const contraspec_result *result) { return result ? result->alert : -1; }

int contraspec_result_has_probability(const contraspec_result *result) {
  return result && !isnan(result->probability);
}

double contraspec_result_probability(const contraspec_result *result) {
  return result ? result->probability : NAN;
}

const char *contraspec_result_next_action(const contraspec_result *result) {
  return result ? result->next_action : "";
}

size_t contraspec_result_substance_count(const contraspec_result *result) {
  return result ? result->substance_count : 0;
}

const contraspec_substance *contraspec_result_substance(const contraspec_result *result, size_t i) {
  return result && i < result->substance_count ? &result->substances[i] : NULL;
}

size_t contraspec_result_reason_count(const contraspec_result *result) {
  return result ? result->reasons.count : 0;
}

const char *contraspec_result_reason(const contraspec_result *result, size_t i) {
  return result ? item(&result->reasons, i) : "";
}

size_t contraspec_result_degraded_count(const contraspec_result *result) {
  return result ? result->degraded.count : 0;
}

const char *contraspec_result_degraded(const contraspec_result *result, size_t i) {
  return result ? item(&result->degraded, i) : "";
}

double contraspec_result_elapsed_s(const contraspec_result *result) { return result ? result->elapsed_s : NAN; }

double contraspec_result_overrun_s(const contraspec_result *result) { return result ? result->overrun_s : NAN; }

const char *contraspec_result_record(const contraspec_result *result) { return result ? result->record : ""; }
