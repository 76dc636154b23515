// SPDX-License-Identifier: GPL-2.0-only
/* Reading access profiles. */
#include <stdlib.h>
#include <sys/stat.h>

#include "cli.h"
#include "profile-file.h"

bool profile_file_is(const char *path)
{
	struct stat st;
	__le64 magic;
	FILE *in;
	bool is;

	/* To open a FIFO would wait for somebody who writes to it. */
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	in = fopen(path, "re");
	if (!in)
		return false;
	is = fread(&magic, sizeof(magic), 1, in) == 1 &&
		le64_to_cpu(magic) == FVD_PROFILE_MAGIC;
	fclose(in);
	return is;
}

static int exit_code(int error)
{
	return error == -ENOMEM || error == -EIO ? EXIT_FAILED : EXIT_BAD_IMAGE;
}

/* file->bytes are there; @limit_bytes: what the region or file has. */
static int decode(struct profile_file *file, const char *name,
		  const struct fvd_profile_base *base)
{
	struct fvd_error error = { "" };
	u32 nr, *scratch;
	int r;

	r = fvd_profile_peek(file->bytes, file->nr_bytes, &nr, &error);
	if (r) {
		message(name, "%s", error.text);
		return exit_code(r);
	}
	file->nr_bytes = fvd_profile_bytes(nr);
	if (base)
		file->base = *base;
	else
		fvd_profile_read_base(&file->base, file->bytes);
	file->profile.entries = calloc(nr + 1, sizeof(*file->profile.entries));
	file->profile.max_entries = nr;
	scratch = calloc(nr + 1, sizeof(*scratch));
	r = -ENOMEM;
	snprintf(error.text, sizeof(error.text), "out of memory");
	if (file->profile.entries && scratch)
		r = fvd_profile_decode(&file->profile, scratch, file->bytes,
				       file->nr_bytes, &file->base, &error);
	free(scratch);
	if (!r)
		return EXIT_OK;
	message(name, "%s", error.text);
	return exit_code(r);
}

/* At most as much as the largest region has. */
static int read_bytes(struct profile_file *file, const char *path, FILE *in)
{
	struct stat st;

	if (fstat(fileno(in), &st)) {
		message(path, "%s", strerror(errno));
		return EXIT_FAILED;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > FVD_PROFILE_MAX_BYTES) {
		message(path, "is not a profile: a file of at most %u bytes",
			FVD_PROFILE_MAX_BYTES);
		return EXIT_BAD_IMAGE;
	}
	file->nr_bytes = st.st_size;
	file->bytes = calloc(1, file->nr_bytes + FVD_PROFILE_HEADER_BYTES);
	if (!file->bytes ||
	    fread(file->bytes, 1, file->nr_bytes, in) != file->nr_bytes) {
		message(path, "%s", file->bytes ? "can not be read" :
						  "out of memory");
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

int profile_file_read(struct profile_file *file, const char *path)
{
	FILE *in = fopen(path, "re");
	int r;

	memset(file, 0, sizeof(*file));
	if (!in) {
		message(path, "%s", strerror(errno));
		return EXIT_FAILED;
	}
	r = read_bytes(file, path, in);
	fclose(in);
	return r ?: decode(file, path, NULL);
}

int profile_file_read_region(struct profile_file *file, const char *name,
			     struct fvd_device *dev,
			     const struct fvd_superblock *sb)
{
	struct fvd_error error = { "" };
	struct fvd_profile_base base;

	memset(file, 0, sizeof(*file));
	if (!sb->profile_size_bytes) {
		message(name, "the image has no room for a profile");
		return EXIT_BAD_IMAGE;
	}
	/* At most FVD_PROFILE_MAX_BYTES, by fvd_superblock_decode(). */
	file->nr_bytes = sb->profile_size_bytes;
	if (posix_memalign((void **)&file->bytes, FVD_PAGE_BYTES, file->nr_bytes)) {
		file->bytes = NULL;
		message(name, "out of memory");
		return EXIT_FAILED;
	}
	if (fvd_device_read(dev, sb->profile_offset_bytes, file->bytes,
			    file->nr_bytes, &error)) {
		message(name, "%s", error.text);
		return EXIT_FAILED;
	}
	fvd_profile_base_of(&base, sb);
	return decode(file, name, &base);
}

void profile_file_free(struct profile_file *file)
{
	free(file->profile.entries);
	free(file->bytes);
	memset(file, 0, sizeof(*file));
}
