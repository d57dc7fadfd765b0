/* Stands between a program and the disk, for the files below GUITAI_SHIM_DIR only (SQLite's shared memory aside).
 *
 * GUITAI_SHIM_LOG=FILE      writes down every write, cut, flush, creation and removal, in their order
 * GUITAI_SHIM_FAIL=N        the book's N-th call of GUITAI_SHIM_CALL (write, sync or read) fails
 * GUITAI_SHIM_ERRNO=NUMBER  with this
 * GUITAI_SHIM_STAYS=1       and so does every later one
 *
 * One thread uses the disk at a time, so nothing is locked here. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum op { WRITE = 1, CUT = 2, SYNC = 3, CREATE = 4, REMOVE = 5, SYNC_FOLDER = 6, FAILED = 7 };

#define REAL(name) \
    static __typeof__(&name) real_##name; \
    if (!real_##name) *(void **)&real_##name = dlsym(RTLD_NEXT, #name)

static const char *folder(void) {
    static char path[PATH_MAX];
    const char *wanted = getenv("GUITAI_SHIM_DIR");
    if (!wanted) return NULL;
    if (!path[0] && !realpath(wanted, path)) return NULL;
    return path;
}

/* The file's name below the folder ("" for the folder itself), or NULL if it is none of ours. */
static const char *inside(const char *path) {
    const char *root = folder();
    size_t length = root ? strlen(root) : 0;
    if (!root || strncmp(path, root, length) != 0) return NULL;
    if (path[length] == 0) return path + length;
    if (path[length] != '/') return NULL;
    size_t all = strlen(path);
    if (all > 4 && strcmp(path + all - 4, "-shm") == 0) return NULL;
    return path + length + 1;
}

static const char *name_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    return inside(path);
}

static void note(enum op op, const char *name, uint64_t at, const void *data, uint64_t length) {
    REAL(write);
    REAL(open64);
    static int log_fd = -2;
    if (log_fd == -2) {
        const char *path = getenv("GUITAI_SHIM_LOG");
        log_fd = path ? real_open64(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    }
    if (log_fd < 0) return;
    uint64_t head[4] = { op, strlen(name), at, length };
    if (real_write(log_fd, head, sizeof head) < 0 || real_write(log_fd, name, head[1]) < 0) abort();
    if (data && real_write(log_fd, data, length) < 0) abort();
}

static int fails(const char *call, const char *name) {
    static long count;
    const char *wanted = getenv("GUITAI_SHIM_CALL"), *at = getenv("GUITAI_SHIM_FAIL");
    if (!wanted || !at || strcmp(wanted, call) != 0 || strncmp(name, "book.db", 7) != 0) return 0;
    long n = strtol(at, NULL, 10);
    count++;
    if (count < n || (count > n && !getenv("GUITAI_SHIM_STAYS"))) return 0;
    note(FAILED, name, 0, NULL, 0);
    errno = (int)strtol(getenv("GUITAI_SHIM_ERRNO"), NULL, 10);
    return 1;
}

static ssize_t written(int fd, const void *data, size_t length, off64_t at, ssize_t (*work)(int, const void *, size_t, off64_t)) {
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    if (!name) return work(fd, data, length, at);
    if (fails("write", name)) return -1;
    off64_t place = at >= 0 ? at : lseek64(fd, 0, SEEK_CUR);
    ssize_t done = work(fd, data, length, at);
    if (done > 0) note(WRITE, name, (uint64_t)place, data, (uint64_t)done);
    return done;
}

static ssize_t do_pwrite(int fd, const void *data, size_t length, off64_t at) {
    REAL(pwrite64);
    return real_pwrite64(fd, data, length, at);
}

static ssize_t do_write(int fd, const void *data, size_t length, off64_t at) {
    REAL(write);
    (void)at;
    return real_write(fd, data, length);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) { return written(fd, data, length, at, do_pwrite); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return written(fd, data, length, at, do_pwrite); }
ssize_t write(int fd, const void *data, size_t length) { return written(fd, data, length, -1, do_write); }

ssize_t pread64(int fd, void *data, size_t length, off64_t at) {
    REAL(pread64);
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    if (name && fails("read", name)) return -1;
    return real_pread64(fd, data, length, at);
}

ssize_t pread(int fd, void *data, size_t length, off_t at) { return pread64(fd, data, length, at); }

static int flushed(int fd, int (*work)(int)) {
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    if (!name) return work(fd);
    if (fails("sync", name)) return -1;
    int done = work(fd);
    if (done == 0) note(name[0] ? SYNC : SYNC_FOLDER, name, 0, NULL, 0);
    return done;
}

static int do_fsync(int fd) { REAL(fsync); return real_fsync(fd); }
static int do_fdatasync(int fd) { REAL(fdatasync); return real_fdatasync(fd); }

int fsync(int fd) { return flushed(fd, do_fsync); }
int fdatasync(int fd) { return flushed(fd, do_fdatasync); }

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    if (name && fails("write", name)) return -1;
    int done = real_ftruncate64(fd, length);
    if (name && done == 0) note(CUT, name, (uint64_t)length, NULL, 0);
    return done;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int opened(const char *path, int flags, mode_t mode) {
    REAL(open64);
    struct stat64 seen;
    int is_new = (flags & O_CREAT) && stat64(path, &seen) != 0;
    int fd = real_open64(path, flags, mode);
    char real[PATH_MAX];
    const char *name = fd >= 0 && is_new ? name_of(fd, real) : NULL;
    if (name) note(CREATE, name, 0, NULL, 0);
    return fd;
}

#define OPENED(flags) \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return opened(path, flags, mode)

int open64(const char *path, int flags, ...) { OPENED(flags); }
int open(const char *path, int flags, ...) { OPENED(flags); }

int unlink(const char *path) {
    REAL(unlink);
    char real[PATH_MAX];
    const char *name = realpath(path, real) ? inside(real) : NULL;
    char kept[PATH_MAX];
    if (name) snprintf(kept, sizeof kept, "%s", name);
    int done = real_unlink(path);
    if (name && done == 0) note(REMOVE, kept, 0, NULL, 0);
    return done;
}
