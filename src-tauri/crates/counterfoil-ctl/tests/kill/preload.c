/*
 * Ends the program it is loaded into at one chosen call to the outside: a write, a sync, a send, a
 * receive, or a change of a folder. Calls are numbered over all threads, from 1.
 *
 * Environment:
 *   KILL_LOG  file that gets one line for each numbered call
 *   KILL_AT   number of the call at which the program ends by SIGKILL
 *   KILL_HOW  before: the call is not made; half: half of its bytes go; after: it was made
 *
 * Not numbered, because nothing outside the program sees them: reads of files, calls on event
 * descriptors and on sockets that stay on the machine, and what is written to the terminal's error
 * stream.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_PARTS 64

enum how { BEFORE, HALF, AFTER };

static atomic_long seen;
static long fatal;
static enum how how;
static int log_fd = -1;

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("KILL_AT"), *when = getenv("KILL_HOW"), *log = getenv("KILL_LOG");
    fatal = at ? strtol(at, NULL, 10) : 0;
    if (when && strcmp(when, "half") == 0) how = HALF;
    if (when && strcmp(when, "after") == 0) how = AFTER;
    if (log) log_fd = (int)syscall(SYS_openat, AT_FDCWD, log,
                                   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void end(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/* What a descriptor leads to: file, dir, net, out; or nothing that is looked at. */
static const char *class_of(int fd) {
    struct stat about;
    int saved = errno, domain = 0;
    socklen_t size = sizeof domain;
    const char *class = NULL;
    if (fd == log_fd || fstat(fd, &about) != 0) class = NULL;
    else if (S_ISREG(about.st_mode)) class = "file";
    else if (S_ISDIR(about.st_mode)) class = "dir";
    else if (S_ISSOCK(about.st_mode)) {
        if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
            (domain == AF_INET || domain == AF_INET6))
            class = "net";
    } else if (fd == 1) class = "out";
    errno = saved;
    return class;
}

static void note(long k, const char *call, const char *class, long bytes, const char *path) {
    char line[512];
    int length = snprintf(line, sizeof line, "%ld %s %s %ld %s\n", k, call, class, bytes, path);
    if (length > 0 && length < (int)sizeof line) syscall(SYS_write, log_fd, line, (size_t)length);
}

/* Numbers one call and ends the program before it if it is the chosen one. */
static long number(const char *call, const char *class, long bytes, const char *path) {
    int saved = errno;
    long k = atomic_fetch_add(&seen, 1) + 1;
    if (log_fd >= 0) note(k, call, class, bytes, path && *path ? path : "-");
    if (k == fatal && how == BEFORE) end();
    errno = saved;
    return k;
}

static long number_fd(const char *call, int fd, long bytes) {
    const char *class = class_of(fd);
    char link[32], path[256] = "-";
    if (!class) return 0;
    if (log_fd >= 0) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        path[length > 0 ? length : 0] = 0;
    }
    return number(call, class, bytes, path);
}

static int halves(long k) { return k && k == fatal && how == HALF; }

/* The rest of every numbered call: ends the program if it was to end after, or half way. */
#define DONE(k, value)                                    \
    do {                                                  \
        __typeof__(value) got = (value);                  \
        if ((k) && (k) == fatal) end();                   \
        return got;                                       \
    } while (0)

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

static long bytes_in(const struct iovec *parts, int many) {
    long bytes = 0;
    for (int i = 0; i < many; i++) bytes += (long)parts[i].iov_len;
    return bytes;
}

/* The first half of a list of parts; how many parts that takes. */
static int first_half(const struct iovec *parts, int many, struct iovec *half) {
    long left = bytes_in(parts, many) / 2;
    int used = 0;
    for (int i = 0; i < many && i < MOST_PARTS && left > 0; i++, used++) {
        half[i] = parts[i];
        if ((long)half[i].iov_len > left) half[i].iov_len = (size_t)left;
        left -= (long)half[i].iov_len;
    }
    return used;
}

ssize_t write(int fd, const void *from, size_t n) {
    long k = number_fd("write", fd, (long)n);
    DONE(k, REAL(write)(fd, from, halves(k) ? n / 2 : n));
}

ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at) {
    long k = number_fd("pwrite64", fd, (long)n);
    DONE(k, REAL(pwrite64)(fd, from, halves(k) ? n / 2 : n, at));
}

ssize_t pwrite(int fd, const void *from, size_t n, off_t at) {
    long k = number_fd("pwrite", fd, (long)n);
    DONE(k, REAL(pwrite)(fd, from, halves(k) ? n / 2 : n, at));
}

ssize_t writev(int fd, const struct iovec *parts, int many) {
    long k = number_fd("writev", fd, bytes_in(parts, many));
    struct iovec half[MOST_PARTS];
    if (halves(k)) many = first_half(parts, many, half), parts = half;
    DONE(k, REAL(writev)(fd, parts, many));
}

ssize_t send(int fd, const void *from, size_t n, int flags) {
    long k = number_fd("send", fd, (long)n);
    DONE(k, REAL(send)(fd, from, halves(k) ? n / 2 : n, flags));
}

ssize_t sendto(int fd, const void *from, size_t n, int flags, const struct sockaddr *to,
               socklen_t size) {
    long k = number_fd("sendto", fd, (long)n);
    DONE(k, REAL(sendto)(fd, from, halves(k) ? n / 2 : n, flags, to, size));
}

ssize_t sendmsg(int fd, const struct msghdr *letter, int flags) {
    long k = number_fd("sendmsg", fd, bytes_in(letter->msg_iov, (int)letter->msg_iovlen));
    struct iovec half[MOST_PARTS];
    struct msghdr shorter = *letter;
    if (halves(k)) {
        shorter.msg_iovlen = (size_t)first_half(letter->msg_iov, (int)letter->msg_iovlen, half);
        shorter.msg_iov = half;
    }
    DONE(k, REAL(sendmsg)(fd, &shorter, flags));
}

/* Receiving: how much was asked for says nothing, so none is noted. */
static long number_net(const char *call, int fd) {
    const char *class = class_of(fd);
    return class && strcmp(class, "net") == 0 ? number(call, class, 0, "-") : 0;
}

ssize_t read(int fd, void *into, size_t n) {
    long k = number_net("read", fd);
    DONE(k, REAL(read)(fd, into, n));
}

ssize_t readv(int fd, const struct iovec *parts, int many) {
    long k = number_net("readv", fd);
    DONE(k, REAL(readv)(fd, parts, many));
}

ssize_t recv(int fd, void *into, size_t n, int flags) {
    long k = number_net("recv", fd);
    DONE(k, REAL(recv)(fd, into, n, flags));
}

ssize_t recvfrom(int fd, void *into, size_t n, int flags, struct sockaddr *from, socklen_t *size) {
    long k = number_net("recvfrom", fd);
    DONE(k, REAL(recvfrom)(fd, into, n, flags, from, size));
}

ssize_t recvmsg(int fd, struct msghdr *letter, int flags) {
    long k = number_net("recvmsg", fd);
    DONE(k, REAL(recvmsg)(fd, letter, flags));
}

int connect(int fd, const struct sockaddr *to, socklen_t size) {
    long k = number_net("connect", fd);
    DONE(k, REAL(connect)(fd, to, size));
}

#define ON_FD(call)                                       \
    int call(int fd) {                                    \
        long k = number_fd(#call, fd, 0);                 \
        DONE(k, REAL(call)(fd));                          \
    }
ON_FD(fsync)
ON_FD(fdatasync)

#define RESIZE(call, offset)                              \
    int call(int fd, offset size) {                       \
        long k = number_fd(#call, fd, (long)size);        \
        DONE(k, REAL(call)(fd, size));                    \
    }
RESIZE(ftruncate, off_t)
RESIZE(ftruncate64, off64_t)

int posix_fallocate64(int fd, off64_t from, off64_t size) {
    long k = number_fd("posix_fallocate64", fd, (long)size);
    DONE(k, REAL(posix_fallocate64)(fd, from, size));
}

int fchmod(int fd, mode_t mode) {
    long k = number_fd("fchmod", fd, 0);
    DONE(k, REAL(fchmod)(fd, mode));
}

#define ON_PATH(call)                                     \
    int call(const char *path) {                          \
        long k = number(#call, "name", 0, path);          \
        DONE(k, REAL(call)(path));                        \
    }
ON_PATH(unlink)
ON_PATH(rmdir)

int unlinkat(int fd, const char *path, int flags) {
    long k = number("unlinkat", "name", 0, path);
    DONE(k, REAL(unlinkat)(fd, path, flags));
}

#define ON_TWO(call)                                      \
    int call(const char *from, const char *to) {          \
        long k = number(#call, "name", 0, to);            \
        DONE(k, REAL(call)(from, to));                    \
    }
ON_TWO(rename)
ON_TWO(link)

#define WITH_MODE(call)                                   \
    int call(const char *path, mode_t mode) {             \
        long k = number(#call, "name", 0, path);          \
        DONE(k, REAL(call)(path, mode));                  \
    }
WITH_MODE(mkdir)
WITH_MODE(chmod)

/* Opening counts where it may make a file. */
#define OPEN(call)                                        \
    int call(const char *path, int flags, ...) {          \
        va_list rest;                                     \
        va_start(rest, flags);                            \
        mode_t mode = va_arg(rest, mode_t);               \
        va_end(rest);                                     \
        long k = flags & O_CREAT ? number(#call, "name", 0, path) : 0; \
        DONE(k, REAL(call)(path, flags, mode));           \
    }
OPEN(open)
OPEN(open64)

#define OPEN_AT(call)                                     \
    int call(int fd, const char *path, int flags, ...) {  \
        va_list rest;                                     \
        va_start(rest, flags);                            \
        mode_t mode = va_arg(rest, mode_t);               \
        va_end(rest);                                     \
        long k = flags & O_CREAT ? number(#call, "name", 0, path) : 0; \
        DONE(k, REAL(call)(fd, path, flags, mode));       \
    }
OPEN_AT(openat)
OPEN_AT(openat64)
