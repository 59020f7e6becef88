/* One caller at a time, in the order in which they came: a plain mutex lets the one who left in again first. */
#ifndef CONTRASPEC_TURNS_H
#define CONTRASPEC_TURNS_H

#include <pthread.h>

typedef struct turns {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  unsigned long next;
  unsigned long serving;
} turns;

int turns_begin(turns *own); /* 0, or an errno value */
void turns_end(turns *own);
void turns_take(turns *own);
void turns_leave(turns *own);

#endif
