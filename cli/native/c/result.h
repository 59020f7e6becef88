/* Results: a frame of the engine, and where in it everything lies. */
#ifndef CONTRASPEC_RESULT_H
#define CONTRASPEC_RESULT_H

#include "contraspec.h"

/* Take a body over, on failure too. NULL: `*no_memory` says whether memory was short or the body is none. */
contraspec_result *result_from(unsigned char *body, size_t size, int *no_memory);

#endif
