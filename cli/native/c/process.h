/* The engine process: started, spoken to, ended. What differs between systems stands in process_posix.c. */
#ifndef CONTRASPEC_PROCESS_H
#define CONTRASPEC_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

typedef struct process {
  pid_t pid;
  int link;  /* both directions */
  int noise; /* its stderr until it is ready; -1 where that goes to a log */
} process;

enum process_outcome { PROCESS_DONE = 0, PROCESS_ENDED = -1, PROCESS_SILENT = -2 };

/* 0, or an errno value. `log` may be NULL. */
int process_start(process *started, const char *python, const char *log);

/* Send or receive all of it by `until` (seconds of process_now). */
enum process_outcome process_send(const process *running, const void *data, size_t size, double until);
enum process_outcome process_receive(const process *running, void *data, size_t size, double until);

/* Whether there is one, and it has not hung up. */
int process_lives(const process *running);

/* Last line that it wrote on stderr; to be asked once it has ended. */
void process_last_words(const process *ended, char *line, size_t size);

/* It is ready: its stderr is of no more interest. */
void process_hush(process *running);

/* Hang up and wait up to `grace_s` for its end; then end it. */
void process_stop(process *running, double grace_s);

double process_now(void);

#endif
