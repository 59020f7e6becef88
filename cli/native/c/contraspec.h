/* contraspec.h: identify drugs, precursors and cutting agents from spectra, in C.
 *
 * An engine is a process of its own that the library starts and talks to over a private channel. Whatever
 * happens in it, this process keeps running: the call returns a status, and the next call starts it anew from
 * the files as they are then.
 *
 * Ownership   Everything passed in is copied before the call returns. What contraspec_open gives belongs to
 *             the caller until contraspec_close, what contraspec_identify gives until contraspec_result_free;
 *             results may outlive their engine. Texts and substances belong to their result.
 * Threads     Any thread may call anything. Calls on one engine wait for each other; engines do not. Results
 *             may be read by many threads. Close an engine when no other call on it is running or will come.
 * fork        A child made by fork may not use an engine of its parent: it gets CONTRASPEC_BAD_ARGUMENT.
 * Never       does the library print, raise signals, change signal handlers or the locale, or end the process.
 * Texts       are UTF-8, end in a zero byte, and are never NULL when given by the library.
 */
#ifndef CONTRASPEC_H
#define CONTRASPEC_H

#include <stddef.h>

#if defined(__GNUC__)
#define CONTRASPEC_API __attribute__((visibility("default")))
#else
#define CONTRASPEC_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a program compiled against an older header would no longer work with the library. */
#define CONTRASPEC_ABI 1

typedef enum contraspec_status {
  CONTRASPEC_OK = 0,
  CONTRASPEC_BAD_ARGUMENT = 1, /* NULL, a wrong size, text that is not UTF-8, metadata that is no JSON object */
  CONTRASPEC_NO_MEMORY = 2,    /* in this process */
  CONTRASPEC_NOT_STARTED = 3,  /* no Python, no contraspec in it, another version, or loading took too long */
  CONTRASPEC_LIBRARY = 4,      /* missing, damaged, refused by the policy (also by a call, once a release has
                                  expired), without a watched substance; trust file */
  CONTRASPEC_CALIBRATION = 5,  /* a prior that is not inside 0 and 1, a calibration that cannot be used */
  CONTRASPEC_EXTRA = 6,        /* the Python environment lacks a package; the text names it */
  CONTRASPEC_SPECTRUM = 7,     /* arrays that are no spectrum, an unknown technique or unit */
  CONTRASPEC_FAULT = 8,        /* a fault of contraspec: report it */
  CONTRASPEC_DEADLINE = 9,     /* the deadline passed before this call's turn: nothing was identified */
  CONTRASPEC_DIED = 10         /* the engine ended over this call, or fell silent and was ended; the next call
                                  starts it anew */
} contraspec_status;

typedef struct contraspec_engine contraspec_engine;
typedef struct contraspec_result contraspec_result;

/* What an engine is to do. Begin with CONTRASPEC_CONFIG_INIT; zero or NULL leaves a field at its default. */
typedef struct contraspec_config {
  size_t struct_size;       /* sizeof(contraspec_config): later versions append fields */
  double prior;             /* P(the item is something the libraries hold), inside 0 and 1 */
  double deadline_s;        /* for calls that state none */
  double open_timeout_s;    /* how long loading may take; 600 by default */
  double call_timeout_s;    /* silence after which the engine counts as dead; 120 by default */
  const char *const *watch; /* substances whose limits of detection are stated beside those of controlled ones
                               and precursors */
  size_t watch_count;
  const char *policy; /* "integrity" (default) or "signed" */
  const char *trust;  /* trust file: whose signatures count */
  const char *python; /* interpreter that has contraspec; else the environment variable CONTRASPEC_PYTHON, else
                         the one that built this library */
  const char *log;    /* file to which what the engine writes on stderr is appended; nowhere by default */
} contraspec_config;

#define CONTRASPEC_CONFIG_INIT {sizeof(contraspec_config), 0.0, 0.0, 0.0, 0.0, NULL, 0, NULL, NULL, NULL, NULL}

/* One spectrum. Begin with CONTRASPEC_QUERY_INIT; axis, intensity and points are needed. */
typedef struct contraspec_query {
  size_t struct_size;        /* sizeof(contraspec_query) */
  const double *axis;        /* strictly ascending or descending */
  const double *intensity;   /* as measured */
  size_t points;             /* of both; at least 20, at most 10 million */
  const char *technique;     /* "raman" (default) or "nir" */
  const char *unit;          /* of the axis: "raman_shift_cm-1" (default of raman), "wavenumber_cm-1",
                                "wavelength_nm" (default of nir) */
  const char *metadata_json; /* JSON object of plain values, such as {"serial": "A17"} */
  const char *name;          /* stands as "file" in the record */
  double deadline_s;         /* from the beginning of the call; that of the engine by default */
} contraspec_query;

#define CONTRASPEC_QUERY_INIT {sizeof(contraspec_query), NULL, NULL, 0, NULL, NULL, NULL, NULL, 0.0}

/* A named substance. Texts may be empty; a number that there is none for is NaN (isnan of math.h). */
typedef struct contraspec_substance {
  const char *name;
  const char *form;
  const char *id;
  const char *cas;
  const char *role;
  const char *grade;  /* of the evidence behind it, A to D */
  double probability; /* that the statement is right */
  double share;       /* of the spectrum, never of the weight */
  double hqi;         /* similarity, 0 to 1: a score, no probability */
} contraspec_substance;

/* ABI of the library that is loaded: compare it with CONTRASPEC_ABI. */
CONTRASPEC_API int contraspec_abi(void);

/* Version of the C library. That of the engine is contraspec_engine_version. */
CONTRASPEC_API const char *contraspec_version(void);

/* What went wrong in the last call of this thread that did not return CONTRASPEC_OK; empty before the first.
 * Holds until the next such call of this thread. */
CONTRASPEC_API const char *contraspec_error(void);

/* Word for a status: "ok", "bad_argument", ... */
CONTRASPEC_API const char *contraspec_status_name(contraspec_status status);

/* Load and verify libraries, warm everything, and give an engine. No libraries (NULL, 0): the built-in starter.
 * config may be NULL. On failure *engine is NULL. */
CONTRASPEC_API contraspec_status contraspec_open(const char *const *libraries, size_t count,
                                                 const contraspec_config *config, contraspec_engine **engine);

/* End an engine and give back what it holds. NULL is nothing. */
CONTRASPEC_API void contraspec_close(contraspec_engine *engine);

/* Version of the contraspec that answered first; each record names the one behind it. */
CONTRASPEC_API const char *contraspec_engine_version(const contraspec_engine *engine);

/* Process id of the engine, for who watches its memory; 0 while it is dead. How often it was started: above 1
 * after it died. Both wait for a call that is running. */
CONTRASPEC_API long contraspec_engine_process(contraspec_engine *engine);
CONTRASPEC_API unsigned long contraspec_engine_starts(contraspec_engine *engine);

/* Say what a spectrum is. CONTRASPEC_OK: *result has a verdict; a spectrum that cannot be judged is "unusable".
 * Anything else: *result is NULL and there is no answer, which never means that an item is clear. */
CONTRASPEC_API contraspec_status contraspec_identify(contraspec_engine *engine, const contraspec_query *query,
                                                     contraspec_result **result);

/* match, mixture, group, inconclusive, no_match or unusable. Empty for NULL. */
CONTRASPEC_API const char *contraspec_result_verdict(const contraspec_result *result);

/* 1 when a controlled substance or a precursor is named, at whatever verdict, else 0; -1 for NULL. */
CONTRASPEC_API int contraspec_result_alert(const contraspec_result *result);

/* Whether a calibration speaks, and P(the statement is right); NaN where none does. */
CONTRASPEC_API int contraspec_result_has_probability(const contraspec_result *result);
CONTRASPEC_API double contraspec_result_probability(const contraspec_result *result);

/* Code of what to do next. */
CONTRASPEC_API const char *contraspec_result_next_action(const contraspec_result *result);

/* Named substances, in the order of the record. NULL beyond the last. */
CONTRASPEC_API size_t contraspec_result_substance_count(const contraspec_result *result);
CONTRASPEC_API const contraspec_substance *contraspec_result_substance(const contraspec_result *result, size_t i);

/* Codes of what is to be known about the answer. Empty beyond the last. */
CONTRASPEC_API size_t contraspec_result_reason_count(const contraspec_result *result);
CONTRASPEC_API const char *contraspec_result_reason(const contraspec_result *result, size_t i);

/* Those reasons that say what was left out to keep to the deadline. */
CONTRASPEC_API size_t contraspec_result_degraded_count(const contraspec_result *result);
CONTRASPEC_API const char *contraspec_result_degraded(const contraspec_result *result, size_t i);

/* Seconds that the engine took, and by how many it came after its deadline (0: in time, or none). */
CONTRASPEC_API double contraspec_result_elapsed_s(const contraspec_result *result);
CONTRASPEC_API double contraspec_result_overrun_s(const contraspec_result *result);

/* The whole answer: one line of ASCII JSON, contraspec.result/1, as contraspec identify --format json writes it. */
CONTRASPEC_API const char *contraspec_result_record(const contraspec_result *result);

/* Give a result back. NULL is nothing. */
CONTRASPEC_API void contraspec_result_free(contraspec_result *result);

#ifdef __cplusplus
}
#endif

#endif
