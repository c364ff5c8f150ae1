/* Stands between a program and the system (LD_PRELOAD), for tests.
 *
 * WATCH_FOLDER and WATCH_RECORD: whatever changes a file or a name in that folder is written to that record, in the
 * order in which it happened, and so is each sync. The index of a log and the scratch file for leases are left out:
 * neither means anything after a power loss.
 * LEASES=refused: this file system has none. LEASES=empty: it says yes and makes nobody wait.
 *
 * A line of the record is: kind, inode, number, two names and bytes, each with its length. One lock is held from before
 * a change until it stands in the record, so that no order is ever wrong. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static size_t folder_length;
static int record = -1;
static const char *leases;

__attribute__((constructor)) static void begin(void) {
    leases = getenv("LEASES");
    const char *named = getenv("WATCH_FOLDER"), *to = getenv("WATCH_RECORD");
    if (named && to && strlen(named) < sizeof folder) {
        strcpy(folder, named);
        folder_length = strlen(folder);
        record = REAL(open)(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (record < 0) abort();
    }
}

static void note(char kind, uint64_t inode, uint64_t number, const char *one, const char *two, const void *bytes,
                 size_t length) {
    uint64_t head[6] = {(uint64_t)kind, inode, number, one ? strlen(one) : 0, two ? strlen(two) : 0, length};
    struct iovec parts[4] = {{head, sizeof head}, {(void *)(one ? one : ""), head[3]},
                             {(void *)(two ? two : ""), head[4]}, {(void *)bytes, length}};
    ssize_t all = (ssize_t)(sizeof head + head[3] + head[4] + length);
    if (REAL(writev)(record, parts, 4) != all) abort();
}

/* The name within the folder; NULL when it is not in there or means nothing. */
static const char *within(const char *path) {
    if (record < 0 || strncmp(path, folder, folder_length) != 0) return NULL;
    const char *rest = path + folder_length;
    if (*rest == '\0') return rest;
    if (*rest != '/' || strstr(rest, "-shm") || strstr(rest, "/.transom-lease-")) return NULL;
    return rest + 1;
}

/* The same of a path as a program says it: its folder without links, then its last word. */
static const char *named(int at, const char *path, char *out) {
    char joined[PATH_MAX], real[PATH_MAX];
    if (record < 0 || !path) return NULL;
    if (path[0] == '/' || at == AT_FDCWD) {
        snprintf(joined, sizeof joined, "%s", path);
    } else {
        char link[64], base[PATH_MAX / 2];
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t got = readlink(link, base, sizeof base - 1);
        if (got < 0) return NULL;
        base[got] = '\0';
        if ((size_t)snprintf(joined, sizeof joined, "%s/%s", base, path) >= sizeof joined) return NULL;
    }
    char *slash = strrchr(joined, '/');
    const char *last = slash ? slash + 1 : joined;
    const char *parent = slash == joined ? "/" : slash ? joined : ".";
    if (slash && slash != joined) *slash = '\0';
    if (!realpath(parent, real)) return NULL;
    if ((size_t)snprintf(out, PATH_MAX, "%s/%s", real, last) >= PATH_MAX) return NULL;
    return within(out);
}

/* What an open descriptor is: 'f' a file in the folder, 'd' the folder or one in it, 0 anything else. */
static char known(int fd, struct stat *data, char *out, const char **name) {
    if (record < 0 || fstat(fd, data) != 0) return 0;
    char kind = S_ISREG(data->st_mode) ? 'f' : S_ISDIR(data->st_mode) ? 'd' : 0;
    if (!kind) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t got = readlink(link, out, PATH_MAX - 1);
    if (got < 0) return 0;
    out[got] = '\0';
    *name = within(out);
    return *name ? kind : 0;
}

static int open_at(int at, const char *path, int flags, mode_t mode) {
    char out[PATH_MAX];
    const char *name = flags & (O_CREAT | O_TRUNC) && (flags & O_TMPFILE) != O_TMPFILE ? named(at, path, out) : NULL;
    if (!name) return REAL(openat)(at, path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat data;
    int there = fstatat(at, path, &data, 0) == 0;
    int fd = REAL(openat)(at, path, flags, mode), kept = errno;
    if (fd >= 0 && fstat(fd, &data) == 0) {
        if (!there) note('c', data.st_ino, 0, name, NULL, NULL, 0);
        else if (flags & O_TRUNC) note('t', data.st_ino, 0, NULL, NULL, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    errno = kept;
    return fd;
}

static mode_t mode_of(int flags, va_list more) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; }

#define OPEN(name)                                              \
    int name(const char *path, int flags, ...) {                \
        va_list more;                                           \
        va_start(more, flags);                                  \
        mode_t mode = mode_of(flags, more);                     \
        va_end(more);                                           \
        return open_at(AT_FDCWD, path, flags, mode);            \
    }
#define OPENAT(name)                                            \
    int name(int at, const char *path, int flags, ...) {        \
        va_list more;                                           \
        va_start(more, flags);                                  \
        mode_t mode = mode_of(flags, more);                     \
        va_end(more);                                           \
        return open_at(at, path, flags, mode);                  \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* Runs `call`, and notes what it did to a file in the folder. */
#define WATCHED(type, call, happened)                           \
    struct stat data;                                           \
    char out[PATH_MAX];                                         \
    const char *name;                                           \
    char kind = known(fd, &data, out, &name);                   \
    if (!kind) return call;                                     \
    pthread_mutex_lock(&lock);                                  \
    type done = call;                                           \
    int kept = errno;                                           \
    if (done >= 0) happened;                                    \
    pthread_mutex_unlock(&lock);                                \
    errno = kept;                                               \
    return done;

/* Where the file stood before `done` bytes were written where it stands now. */
static uint64_t begun(int fd, ssize_t done) { return (uint64_t)(lseek(fd, 0, SEEK_CUR) - done); }

ssize_t write(int fd, const void *from, size_t length) {
    WATCHED(ssize_t, REAL(write)(fd, from, length),
            note('w', data.st_ino, begun(fd, done), NULL, NULL, from, (size_t)done))
}

static void scattered(uint64_t inode, uint64_t at, const struct iovec *parts, int count, size_t done) {
    for (int n = 0; n < count && done > 0; n++) {
        size_t length = parts[n].iov_len < done ? parts[n].iov_len : done;
        note('w', inode, at, NULL, NULL, parts[n].iov_base, length);
        at += length;
        done -= length;
    }
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    WATCHED(ssize_t, REAL(writev)(fd, parts, count),
            scattered(data.st_ino, begun(fd, done), parts, count, (size_t)done))
}

#define PWRITE(it)                                                                              \
    ssize_t it(int fd, const void *from, size_t length, off_t at) {                             \
        WATCHED(ssize_t, REAL(pwrite)(fd, from, length, at),                                    \
                note('w', data.st_ino, (uint64_t)at, NULL, NULL, from, (size_t)done))           \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

#define TRUNCATE(it)                                                                            \
    int it(int fd, off_t to) {                                                                  \
        WATCHED(int, REAL(ftruncate)(fd, to), note('t', data.st_ino, (uint64_t)to, NULL, NULL, NULL, 0)) \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define SYNC(it)                                                                                \
    int it(int fd) {                                                                            \
        WATCHED(int, REAL(it)(fd), note(kind == 'd' ? 'd' : 's', data.st_ino, 0, name, NULL, NULL, 0)) \
    }
SYNC(fsync)
SYNC(fdatasync)

/* A program that copies by the kernel is told that this disk cannot, and copies by reading and writing. */
#define COPY(it)                                                                                \
    ssize_t it(int from, off_t *at, int to, off_t *there, size_t length, unsigned flags) {      \
        if (record < 0) return REAL(copy_file_range)(from, at, to, there, length, flags);       \
        errno = ENOSYS;                                                                         \
        return -1;                                                                              \
    }
COPY(copy_file_range)

#define SEND(it)                                                                                \
    ssize_t it(int to, int from, off_t *at, size_t length) {                                    \
        static ssize_t (*real)(int, int, off_t *, size_t);                                      \
        struct stat data;                                                                       \
        if (record >= 0 && fstat(to, &data) == 0 && S_ISREG(data.st_mode)) {                    \
            errno = EINVAL;                                                                     \
            return -1;                                                                          \
        }                                                                                       \
        if (!real) real = (ssize_t(*)(int, int, off_t *, size_t))dlsym(RTLD_NEXT, #it);         \
        return real(to, from, at, length);                                                      \
    }
SEND(sendfile)
SEND(sendfile64)

/* Names. */
static int two(char kind, int from_at, const char *from, int to_at, const char *to, int flags) {
    char a[PATH_MAX], b[PATH_MAX];
    const char *one = named(from_at, from, a), *other = named(to_at, to, b);
    if (one || other) pthread_mutex_lock(&lock);
    int done = kind == 'r' ? REAL(renameat)(from_at, from, to_at, to) : REAL(linkat)(from_at, from, to_at, to, flags);
    int kept = errno;
    if (one || other) {
        /* From without to within would be a new file, which nothing here does. */
        if (done == 0 && !(one && other)) abort();
        if (done == 0) note(kind, 0, 0, one, other, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    errno = kept;
    return done;
}

int rename(const char *from, const char *to) { return two('r', AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return two('r', a, from, b, to, 0); }
int link(const char *from, const char *to) { return two('l', AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int a, const char *from, int b, const char *to, int flags) { return two('l', a, from, b, to, flags); }

static int one(char kind, int at, const char *path, int flags, mode_t mode) {
    char out[PATH_MAX];
    const char *name = named(at, path, out);
    if (name) pthread_mutex_lock(&lock);
    int done = kind == 'm' ? REAL(mkdirat)(at, path, mode) : REAL(unlinkat)(at, path, flags);
    int kept = errno;
    if (name) {
        if (done == 0) note(kind, 0, 0, name, NULL, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    errno = kept;
    return done;
}

int unlink(const char *path) { return one('u', AT_FDCWD, path, 0, 0); }
int unlinkat(int at, const char *path, int flags) { return one('u', at, path, flags, 0); }
int rmdir(const char *path) { return one('u', AT_FDCWD, path, AT_REMOVEDIR, 0); }
int mkdir(const char *path, mode_t mode) { return one('m', AT_FDCWD, path, 0, mode); }
int mkdirat(int at, const char *path, mode_t mode) { return one('m', at, path, 0, mode); }

/* Leases. */
#define FCNTL(it)                                                       \
    int it(int fd, int command, ...) {                                  \
        va_list more;                                                   \
        va_start(more, command);                                        \
        void *argument = va_arg(more, void *);                          \
        va_end(more);                                                   \
        if (command == F_SETLEASE && leases) {                          \
            if (strcmp(leases, "empty") == 0) return 0;                 \
            errno = EINVAL;                                             \
            return -1;                                                  \
        }                                                               \
        return REAL(fcntl)(fd, command, argument);                      \
    }
FCNTL(fcntl)
FCNTL(fcntl64)
