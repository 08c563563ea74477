// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Preloaded into khttpdctl by its tests: a file .../net/khttpd/server then takes configurations as
 * the module's does. What is written up to a line `commit` goes into `config` beside it, and
 * `status` says that there are listeners. If there is a file `refusal` (an errno in the first line,
 * mistakes in the others), the write fails and reads give the mistakes. `status` has as many
 * connections as a file `connections` says. With a file `lease` the
 * server ends when the file is closed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_FILES 64

static struct {
	char *text;
	size_t size;
	char *mistakes;
} files[MOST_FILES];

/* The folder of the server's file with a slash behind it; false for another file. */
static int folder_of(int fd, char *folder)
{
	static const char end[] = "/net/khttpd/server";
	char link[32];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = fd < 0 || fd >= MOST_FILES ? -1 : readlink(link, folder, PATH_MAX - 1);
	if (size < (ssize_t)sizeof(end) ||
	    memcmp(folder + size - (sizeof(end) - 1), end, sizeof(end) - 1))
		return 0;
	folder[size - strlen("server")] = '\0';
	return 1;
}

static FILE *open_beside(const char *folder, const char *name, const char *mode)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s%s", folder, name);
	return fopen(path, mode);
}

/* What stands in a file; 0 where there is none. */
static int number_of(const char *folder, const char *name)
{
	FILE *file = open_beside(folder, name, "r");
	int number = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%d", &number) != 1)
		number = 0;
	fclose(file);
	return number;
}

static void set_listeners(const char *folder, int count)
{
	FILE *status = open_beside(folder, "status", "w");

	if (!status)
		return;
	fprintf(status, "version 0.2.0\nport 8081\nlisteners %d\nrequests 17\n", count);
	fprintf(status, "connections_active %d\n", number_of(folder, "connections"));
	fclose(status);
}

static int refuse(int fd, FILE *refusal)
{
	char text[4096];
	size_t size = fread(text, 1, sizeof(text) - 1, refusal);
	char *line_end;

	fclose(refusal);
	text[size] = '\0';
	errno = (int)strtol(text, &line_end, 10);
	free(files[fd].mistakes);
	files[fd].mistakes = strdup(*line_end ? line_end + 1 : line_end);
	return -1;
}

static int commit(int fd, const char *folder, size_t size)
{
	FILE *refusal = open_beside(folder, "refusal", "r");
	FILE *config;

	files[fd].size = 0;
	if (refusal)
		return refuse(fd, refusal);
	config = open_beside(folder, "config", "w");
	fwrite(files[fd].text, 1, size, config);
	fclose(config);
	set_listeners(folder, 2);
	return 0;
}

ssize_t write(int fd, const void *data, size_t size)
{
	static const char word[] = "commit\n";
	ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
	char folder[PATH_MAX] = "";
	size_t all;

	if (!folder_of(fd, folder))
		return next(fd, data, size);
	all = files[fd].size + size;
	files[fd].text = realloc(files[fd].text, all + 1);
	memcpy(files[fd].text + files[fd].size, data, size);
	files[fd].size = all;
	if (all >= strlen(word) &&
	    !memcmp(files[fd].text + all - strlen(word), word, strlen(word)) &&
	    commit(fd, folder, all - strlen(word)))
		return -1;
	return (ssize_t)size;
}

ssize_t read(int fd, void *data, size_t size)
{
	ssize_t (*next)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
	char folder[PATH_MAX] = "";
	size_t there;

	if (!folder_of(fd, folder))
		return next(fd, data, size);
	if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
		errno = EBADF;
		return -1;
	}
	there = files[fd].mistakes ? strlen(files[fd].mistakes) : 0;
	if (size > there)
		size = there;
	memcpy(data, files[fd].mistakes, size);
	if (size)
		memmove(files[fd].mistakes, files[fd].mistakes + size, there - size + 1);
	return (ssize_t)size;
}

int close(int fd)
{
	int (*next)(int) = dlsym(RTLD_NEXT, "close");
	char folder[PATH_MAX] = "";
	FILE *lease;

	if (folder_of(fd, folder)) {
		lease = open_beside(folder, "lease", "r");
		if (lease) {
			fclose(lease);
			set_listeners(folder, 0);
		}
	}
	return next(fd);
}
