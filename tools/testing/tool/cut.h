/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the linker makes of calls (--wrap): __wrap_x() is called, __real_x() is
 * the function.
 */
#ifndef CUT_H
#define CUT_H

#include <sys/types.h>

ssize_t __real_pwrite64(int fd, const void *buffer, size_t nr, off64_t at);
ssize_t __wrap_pwrite64(int fd, const void *buffer, size_t nr, off64_t at);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_fallocate64(int fd, int mode, off64_t at, off64_t nr);
int __wrap_fallocate64(int fd, int mode, off64_t at, off64_t nr);

#endif /* CUT_H */
