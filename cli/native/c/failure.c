#include "failure.h"

#include <stdarg.h>
#include <stdio.h>

enum { ERROR_SIZE = 1200 };

static _Thread_local char last_error[ERROR_SIZE];

contraspec_status fail(contraspec_status status, const char *format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(last_error, sizeof last_error, format, values);
  va_end(values);
  return status;
}

const char *contraspec_error(void) { return last_error; }

const char *contraspec_status_name(contraspec_status status) {
  static const char *const names[] = {"ok",    "bad_argument", "no_memory", "not_started", "library", "calibration",
                                      "extra", "spectrum",     "fault",     "deadline",    "died"};
  size_t i = (size_t)status;
  return i < sizeof names / sizeof names[0] ? names[i] : "unknown";
}
