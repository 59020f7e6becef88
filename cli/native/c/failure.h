/* What went wrong, kept for the thread that it went wrong in. */
#ifndef CONTRASPEC_FAILURE_H
#define CONTRASPEC_FAILURE_H

#include "contraspec.h"

#if defined(__GNUC__)
#define LIKE_PRINTF __attribute__((format(printf, 2, 3)))
#else
#define LIKE_PRINTF
#endif

/* Give the status back, with a text for contraspec_error. */
contraspec_status fail(contraspec_status status, const char *format, ...) LIKE_PRINTF;

#endif
