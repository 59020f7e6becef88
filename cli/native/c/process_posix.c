#if defined(__APPLE__)
#define _DARWIN_C_SOURCE
#else
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#endif

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SOCK_CLOEXEC
#define SOCK_CLOEXEC 0 /* set afterwards instead */
#endif
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SO_NOSIGPIPE instead */
#endif

extern char **environ;

static const double STEP_S = 0.002;
static const double AFTER_KILL_S = 5.0; /* one stuck in the kernel is left to it */

double process_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Descriptor above those of the standard streams, which a host may have closed. -1 with errno. */
static int lifted(int descriptor) {
  if (descriptor < 0) {
    return -1;
  }
  int high = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  int error = errno;
  close(descriptor);
  errno = error;
  return high;
}

static void close_open(int descriptor) {
  if (descriptor >= 0) {
    close(descriptor);
  }
}

/* Two ends of a channel, neither handed on to other programs. */
static int open_link(int ends[2]) {
  int raw[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, raw)) {
    return errno;
  }
  ends[0] = lifted(raw[0]);
  int error = errno;
  ends[1] = lifted(raw[1]);
  if (ends[0] < 0 || ends[1] < 0) {
    return ends[0] < 0 ? error : errno;
  }
#ifdef SO_NOSIGPIPE
  int yes = 1;
  setsockopt(ends[0], SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof yes);
#endif
  return fcntl(ends[0], F_SETFL, O_NONBLOCK) ? errno : 0;
}

/* Where its stderr goes: a log, or a pipe whose other end is `noise`. */
static int open_stderr(const char *log, int *noise, int *theirs) {
  if (log && log[0]) {
    *theirs = lifted(open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    return *theirs < 0 ? errno : 0;
  }
  int raw[2];
  if (pipe(raw)) {
    return errno;
  }
  *noise = lifted(raw[0]);
  int error = errno;
  *theirs = lifted(raw[1]);
  if (*noise < 0 || *theirs < 0) {
    return *noise < 0 ? error : errno;
  }
  return fcntl(*noise, F_SETFL, O_NONBLOCK) ? errno : 0;
}

/* Signals as a fresh process has them, and a group of its own: Ctrl-C is for the host to answer. */
static int set_attributes(posix_spawnattr_t *attributes) {
  static const int usual[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2};
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
    sigaddset(&defaults, usual[i]);
  }
  int error = posix_spawnattr_setsigmask(attributes, &none);
  error = error ? error : posix_spawnattr_setsigdefault(attributes, &defaults);
  error = error ? error : posix_spawnattr_setpgroup(attributes, 0);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
  return error ? error : posix_spawnattr_setflags(attributes, flags);
}

static int spawn(process *started, const char *python, int link, int errors) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) {
    return error;
  }
  error = posix_spawnattr_init(&attributes);
  if (error) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  error = set_attributes(&attributes);
  error = error ? error : posix_spawn_file_actions_adddup2(&actions, link, 0);
  error = error ? error : posix_spawn_file_actions_adddup2(&actions, link, 1);
  error = error ? error : posix_spawn_file_actions_adddup2(&actions, errors, 2);
  if (!error) {
    char isolated[] = "-I", module[] = "-m", worker[] = "cli.native";
    char *arguments[] = {(char *)python, isolated, module, worker, NULL};
    error = posix_spawnp(&started->pid, python, &actions, &attributes, arguments, environ);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int process_start(process *started, const char *python, const char *log) {
  int ends[2] = {-1, -1}, theirs = -1;
  *started = (process){0, -1, -1};
  int error = open_link(ends);
  error = error ? error : open_stderr(log, &started->noise, &theirs);
  error = error ? error : spawn(started, python, ends[1], theirs);
  close_open(ends[1]);
  close_open(theirs);
  if (error) {
    close_open(ends[0]);
    process_hush(started);
    started->pid = 0;
    return error;
  }
  started->link = ends[0];
  return 0;
}

/* Wait until the link can be used, for as long as there is time. */
static enum process_outcome await(const process *running, short events, double until) {
  for (;;) {
    double left = until - process_now();
    if (left <= 0) {
      return PROCESS_SILENT;
    }
    struct pollfd one = {running->link, events, 0};
    int ready = poll(&one, 1, left > 1000.0 ? 1000000 : (int)(1000.0 * left) + 1);
    if (ready > 0) {
      return PROCESS_DONE;
    }
    if (ready < 0 && errno != EINTR && errno != EAGAIN) {
      return PROCESS_ENDED;
    }
  }
}

enum process_outcome process_send(const process *running, const void *data, size_t size, double until) {
  const char *rest = data;
  while (size) {
    ssize_t sent = send(running->link, rest, size, MSG_NOSIGNAL);
    if (sent >= 0) {
      rest += sent;
      size -= (size_t)sent;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      enum process_outcome outcome = await(running, POLLOUT, until);
      if (outcome) {
        return outcome;
      }
    } else if (errno != EINTR) {
      return PROCESS_ENDED;
    }
  }
  return PROCESS_DONE;
}

enum process_outcome process_receive(const process *running, void *data, size_t size, double until) {
  char *rest = data;
  while (size) {
    ssize_t got = recv(running->link, rest, size, 0);
    if (got > 0) {
      rest += got;
      size -= (size_t)got;
    } else if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      enum process_outcome outcome = await(running, POLLIN, until);
      if (outcome) {
        return outcome;
      }
    } else if (got == 0 || errno != EINTR) {
      return PROCESS_ENDED;
    }
  }
  return PROCESS_DONE;
}

int process_lives(const process *running) {
  char one;
  if (running->pid <= 0 || running->link < 0) {
    return 0;
  }
  ssize_t got = recv(running->link, &one, 1, MSG_PEEK);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

void process_last_words(const process *ended, char *line, size_t size) {
  char tail[2048];
  size_t length = 0;
  line[0] = '\0';
  if (ended->noise < 0) {
    return;
  }
  for (;;) { /* keep the last half of what is full */
    ssize_t got = read(ended->noise, tail + length, sizeof tail - length);
    if (got <= 0) {
      break;
    }
    length += (size_t)got;
    if (length == sizeof tail) {
      memmove(tail, tail + sizeof tail / 2, sizeof tail / 2);
      length = sizeof tail / 2;
    }
  }
  while (length && (tail[length - 1] == '\n' || tail[length - 1] == '\r')) {
    length--;
  }
  size_t begin = length;
  while (begin && tail[begin - 1] != '\n') {
    begin--;
  }
  size_t kept = length - begin < size - 1 ? length - begin : size - 1;
  memcpy(line, tail + begin, kept);
  line[kept] = '\0';
}

void process_hush(process *running) {
  close_open(running->noise);
  running->noise = -1;
}

static void rest_for(double seconds) {
  struct timespec pause = {0, (long)(1e9 * seconds)};
  nanosleep(&pause, NULL);
}

/* Whether it is no child of ours any more: ended, or waited for by somebody else in this process. */
static int is_gone(pid_t pid) {
  pid_t found;
  do {
    found = waitpid(pid, NULL, WNOHANG);
  } while (found < 0 && errno == EINTR);
  return found != 0;
}

static int is_gone_within(pid_t pid, double seconds) {
  double until = process_now() + seconds;
  int gone = is_gone(pid);
  while (!gone && process_now() < until) {
    rest_for(STEP_S);
    gone = is_gone(pid);
  }
  return gone;
}

void process_stop(process *running, double grace_s) {
  if (running->link >= 0) {
    shutdown(running->link, SHUT_RDWR);
    close(running->link);
    running->link = -1;
  }
  if (running->pid > 0 && !is_gone_within(running->pid, grace_s)) {
    kill(running->pid, SIGKILL); /* still a child of ours: no other process can have its number */
    is_gone_within(running->pid, AFTER_KILL_S);
  }
  running->pid = 0;
}
