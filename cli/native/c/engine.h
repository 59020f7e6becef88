/* An engine as the library keeps it, and what opening and identifying share. */
#ifndef CONTRASPEC_ENGINE_H
#define CONTRASPEC_ENGINE_H

#include <sys/types.h>

#include "contraspec.h"
#include "process.h"
#include "turns.h"
#include "wire.h"

enum { VERSION_SIZE = 32 };

struct contraspec_engine {
  turns turns;
  process child; /* pid 0: dead, the next call starts it */
  unsigned long starts;
  pid_t owner;
  wire_buffer opening; /* what it is told first, whenever it starts */
  double deadline_s;
  double open_timeout_s;
  double call_timeout_s;
  char *python;
  char *log;
  char version[VERSION_SIZE];
};

/* Copy a struct of the caller's header into one of ours: of newer ones the part that is not known here must be
 * zero. 0, or -1. */
int adopt(void *own, size_t own_size, const void *theirs, size_t least);

/* Whether a time is one: 0 (none stated) or above. */
int is_time(double seconds);

/* Start the process and have it load; on failure none is left. It is the caller's turn. */
contraspec_status engine_start(contraspec_engine *engine);

/* Receive a frame by `until`; its body is the caller's to free, on failure too. */
enum process_outcome receive_frame(const process *child, double until, unsigned char head[WIRE_HEAD],
                                   unsigned char **body, size_t *size);

/* Status and text of an ERROR body, made this thread's error. */
contraspec_status told(const unsigned char *body, size_t size);

#endif
