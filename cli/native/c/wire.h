/* Frames between this library and its engine process: the twin of cli/native/wire.py, private to both. */
#ifndef CONTRASPEC_WIRE_H
#define CONTRASPEC_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum { WIRE_VERSION = 1 };
enum wire_kind { WIRE_OPEN = 1, WIRE_IDENTIFY = 2, WIRE_READY = 3, WIRE_RESULT = 4, WIRE_ERROR = 5 };
enum { WIRE_HEAD = 8, WIRE_MAX_BODY = 1 << 28 };

/* A frame being written; `failed` once memory or the largest size is exceeded, and then nothing is added. */
typedef struct wire_buffer {
  unsigned char *data;
  size_t size;
  size_t capacity;
  int failed;
} wire_buffer;

void wire_begin(wire_buffer *buffer, enum wire_kind kind);
void wire_count(wire_buffer *buffer, size_t value);
void wire_number(wire_buffer *buffer, double value);
void wire_numbers(wire_buffer *buffer, const double *values, size_t count);
void wire_text(wire_buffer *buffer, const char *text); /* NULL as an empty one */
int wire_end(wire_buffer *buffer);                     /* writes the head; 0, or -1 when it has failed */
void wire_free(wire_buffer *buffer);
void wire_patch_number(wire_buffer *buffer, size_t place, double value);
uint32_t wire_read_count(const unsigned char *data);

/* A body being read; `failed` once something is missing, and then everything reads as zero or empty. */
typedef struct wire_reader {
  const unsigned char *data;
  size_t size;
  size_t place;
  int failed;
} wire_reader;

size_t wire_take_count(wire_reader *reader);
double wire_take_number(wire_reader *reader);
const char *wire_take_text(wire_reader *reader); /* lies in the body */

#endif
