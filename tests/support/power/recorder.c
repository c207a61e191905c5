/* Records what a process does to the files of a folder: preloaded, it is called instead of the C library.

   RECORDER_FOLDER is the folder, RECORDER_FILE where the records are appended. A record is a `struct record`, the
   file's name (empty for the folder itself) and the data, if any. A write is recorded once it has been made, and a
   flush twice: when it begins and, if it has succeeded, when it has returned. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

struct record {
    int64_t began;  /* nanoseconds of CLOCK_MONOTONIC, before the call */
    int64_t offset; /* of a write; the size, of a truncation; the number, of a flush */
    uint32_t name_length;
    uint32_t data_length;
    char what; /* Create, Write, Truncate, Unlink, f: a flush begins, F: it has succeeded */
    char unused[7];
};

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static int64_t flushes;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* The name of a file in the folder, "" for the folder itself, NULL for what is elsewhere. */
static const char *name_in_folder(const char *path) {
    const char *folder = getenv("RECORDER_FOLDER");
    size_t length = folder ? strlen(folder) : 0;
    if (length == 0 || strncmp(path, folder, length) != 0) return NULL;
    if (path[length] == 0) return "";
    return path[length] == '/' ? path + length + 1 : NULL;
}

static const char *name_of(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    return name_in_folder(path);
}

static void record(char what, int64_t began, const char *name, int64_t offset, const void *data, size_t length) {
    static int file = -1;
    int kept = errno;
    struct record head = {began, offset, (uint32_t)strlen(name), (uint32_t)length, what, ""};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)name, head.name_length}, {(void *)data, length}};
    if (file < 0) file = open(getenv("RECORDER_FILE"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (writev(file, parts, 3) != (ssize_t)(sizeof head + head.name_length + length)) abort();
    errno = kept;
}

#define DO_AND_RECORD(call, succeeded, ...) \
    pthread_mutex_lock(&one_at_a_time);     \
    int64_t began = now();                  \
    __typeof__(call) result = call;         \
    if (succeeded) record(__VA_ARGS__);     \
    pthread_mutex_unlock(&one_at_a_time);   \
    return result

static ssize_t do_write(int fd, const void *data, size_t length, off64_t offset) {
    char path[4096];
    const char *name = name_of(fd, path, sizeof path);
    if (name == NULL) return NEXT(pwrite64)(fd, data, length, offset);
    DO_AND_RECORD(NEXT(pwrite64)(fd, data, length, offset), result > 0, 'W', began, name, offset, data, (size_t)result);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return do_write(fd, data, length, offset); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return do_write(fd, data, length, offset); }

static int do_truncate(int fd, off64_t size) {
    char path[4096];
    const char *name = name_of(fd, path, sizeof path);
    if (name == NULL) return NEXT(ftruncate64)(fd, size);
    DO_AND_RECORD(NEXT(ftruncate64)(fd, size), result == 0, 'T', began, name, size, NULL, 0);
}

int ftruncate64(int fd, off64_t size) { return do_truncate(fd, size); }
int ftruncate(int fd, off_t size) { return do_truncate(fd, size); }

int unlink(const char *path) {
    const char *name = name_in_folder(path);
    if (name == NULL) return NEXT(unlink)(path);
    DO_AND_RECORD(NEXT(unlink)(path), result == 0, 'U', began, name, 0, NULL, 0);
}

static int do_open(const char *path, int flags, mode_t mode) {
    const char *name = flags & O_CREAT ? name_in_folder(path) : NULL;
    if (name == NULL || access(path, F_OK) == 0) return NEXT(open64)(path, flags, mode);
    DO_AND_RECORD(NEXT(open64)(path, flags, mode), result >= 0, 'C', began, name, 0, NULL, 0);
}

#define MODE(flags, mode)                                      \
    mode_t mode = 0;                                           \
    if ((flags) & O_CREAT || ((flags) & O_TMPFILE) == O_TMPFILE) { \
        va_list rest;                                          \
        va_start(rest, flags);                                 \
        mode = va_arg(rest, mode_t);                           \
        va_end(rest);                                          \
    }

int open64(const char *path, int flags, ...) {
    MODE(flags, mode)
    return do_open(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    MODE(flags, mode)
    return do_open(path, flags, mode);
}

static int do_flush(int fd, int (*flush)(int)) {
    char path[4096];
    const char *name = name_of(fd, path, sizeof path);
    if (name == NULL) return flush(fd);
    pthread_mutex_lock(&one_at_a_time);
    int64_t number = ((int64_t)getpid() << 32) + ++flushes;
    record('f', now(), name, number, NULL, 0);
    pthread_mutex_unlock(&one_at_a_time);
    int result = flush(fd);  /* others may write meanwhile */
    pthread_mutex_lock(&one_at_a_time);
    if (result == 0) record('F', now(), name, number, NULL, 0);
    pthread_mutex_unlock(&one_at_a_time);
    return result;
}

int fsync(int fd) { return do_flush(fd, NEXT(fsync)); }
int fdatasync(int fd) { return do_flush(fd, NEXT(fdatasync)); }
