#include "turns.h"

int turns_begin(turns *own) {
  own->next = own->serving = 0;
  int error = pthread_mutex_init(&own->lock, NULL);
  if (error) {
    return error;
  }
  error = pthread_cond_init(&own->changed, NULL);
  if (error) {
    pthread_mutex_destroy(&own->lock);
  }
  return error;
}

void turns_end(turns *own) {
  pthread_cond_destroy(&own->changed);
  pthread_mutex_destroy(&own->lock);
}

void turns_take(turns *own) {
  pthread_mutex_lock(&own->lock);
  unsigned long mine = own->next++;
  while (own->serving != mine) {
    pthread_cond_wait(&own->changed, &own->lock);
  }
  pthread_mutex_unlock(&own->lock);
}

void turns_leave(turns *own) {
  pthread_mutex_lock(&own->lock);
  own->serving++;
  pthread_cond_broadcast(&own->changed);
  pthread_mutex_unlock(&own->lock);
}
