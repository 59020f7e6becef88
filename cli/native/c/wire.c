#include "wire.h"

#include <stdlib.h>
#include <string.h>

static void append(wire_buffer *buffer, const void *data, size_t size) {
  if (buffer->failed || size > WIRE_MAX_BODY - buffer->size) {
    buffer->failed = 1;
    return;
  }
  if (size > buffer->capacity - buffer->size) {
    size_t capacity = buffer->capacity ? buffer->capacity : 1024;
    while (capacity - buffer->size < size) {
      capacity *= 2;
    }
    unsigned char *grown = realloc(buffer->data, capacity);
    if (!grown) {
      buffer->failed = 1;
      return;
    }
    buffer->data = grown;
    buffer->capacity = capacity;
  }
  if (size) {
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
  }
}

void wire_begin(wire_buffer *buffer, enum wire_kind kind) {
  *buffer = (wire_buffer){NULL, 0, 0, 0};
  wire_count(buffer, 0); /* the length, known at the end */
  wire_count(buffer, (size_t)kind);
}

void wire_count(wire_buffer *buffer, size_t value) {
  if (value > WIRE_MAX_BODY) {
    buffer->failed = 1;
    return;
  }
  uint32_t narrow = (uint32_t)value;
  append(buffer, &narrow, sizeof narrow);
}

void wire_number(wire_buffer *buffer, double value) { append(buffer, &value, sizeof value); }

void wire_numbers(wire_buffer *buffer, const double *values, size_t count) {
  if (count > WIRE_MAX_BODY / sizeof *values) {
    buffer->failed = 1;
    return;
  }
  append(buffer, values, count * sizeof *values);
}

void wire_text(wire_buffer *buffer, const char *text) {
  size_t length = text ? strlen(text) : 0;
  wire_count(buffer, length);
  append(buffer, text ? text : "", length + 1);
}

int wire_end(wire_buffer *buffer) {
  if (buffer->failed) {
    return -1;
  }
  uint32_t length = (uint32_t)(buffer->size - WIRE_HEAD);
  memcpy(buffer->data, &length, sizeof length);
  return 0;
}

void wire_free(wire_buffer *buffer) {
  free(buffer->data);
  *buffer = (wire_buffer){NULL, 0, 0, 0};
}

void wire_patch_number(wire_buffer *buffer, size_t place, double value) {
  memcpy(buffer->data + place, &value, sizeof value);
}

uint32_t wire_read_count(const unsigned char *data) {
  uint32_t value;
  memcpy(&value, data, sizeof value);
  return value;
}

static const unsigned char *take(wire_reader *reader, size_t size) {
  if (reader->failed || size > reader->size - reader->place) {
    reader->failed = 1;
    return NULL;
  }
  const unsigned char *taken = reader->data + reader->place;
  reader->place += size;
  return taken;
}

size_t wire_take_count(wire_reader *reader) {
  const unsigned char *data = take(reader, sizeof(uint32_t));
  return data ? wire_read_count(data) : 0;
}

double wire_take_number(wire_reader *reader) {
  double value = 0.0;
  const unsigned char *data = take(reader, sizeof value);
  if (data) {
    memcpy(&value, data, sizeof value);
  }
  return value;
}

const char *wire_take_text(wire_reader *reader) {
  size_t length = wire_take_count(reader);
  const unsigned char *data = take(reader, length + 1);
  if (!data || data[length] != '\0') {
    reader->failed = 1;
    return "";
  }
  return (const char *)data;
}
