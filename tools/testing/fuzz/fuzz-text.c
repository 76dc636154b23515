// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text form of an image ("fvd restore"): any text is refused with a message,
 * or makes an image; and what a dump says of that image makes it once more. That it
 * is refused is known before anything is written.
 *
 * Input: the text behind its first line, unless bit 0 of the first byte is set:
 * then all of it.
 */
#include <stdio.h>

#include "fuzz.h"
#include "fvd-text.h"

#define IMAGE_BYTES	(3U << 20)

static int restore(const u8 *text, size_t nr_text, u8 *image,
		   struct fvd_error *error)
{
	struct fvd_text_source source;
	struct fvd_device dev;
	FILE *in = fmemopen((void *)text, nr_text, "r");
	int r, check;

	assert(in);
	fvd_device_memory(&dev, image, IMAGE_BYTES);
	r = fvd_text_begin(&source, in, error);
	if (!r) {
		check = fvd_text_check(&source, error);
		r = check ?: fvd_text_restore(&source, &dev, error);
		assert(r == check || r == -ENXIO);
	}
	fvd_text_end(&source);
	fclose(in);
	return r;
}

static void dump_makes_it_again(u8 *image)
{
	struct fvd_device dev;
	char *text = NULL;
	size_t nr_text = 0;
	u64 described;
	u8 *again = calloc(1, IMAGE_BYTES);
	FILE *out = open_memstream(&text, &nr_text);
	int r;

	assert(again && out);
	fvd_device_memory(&dev, image, IMAGE_BYTES);
	r = fvd_text_dump(&dev, out, NULL);
	assert(!r);
	fclose(out);
	r = restore((u8 *)text, nr_text, again, NULL);
	assert(!r);
	/* What the text does not describe is not in it. */
	described = strtoull(strstr(text, "metadata-bytes") + 15, NULL, 10);
	assert(described <= IMAGE_BYTES);
	assert(!memcmp(image, again, described));
	free(text);
	free(again);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const char head[] = "fvd-dump 1\n";
	struct fvd_error error = { "" };
	u8 *image, *text;
	size_t nr_head;
	int r;

	if (size < 2)
		return 0;
	nr_head = data[0] & 1 ? 0 : strlen(head);
	image = calloc(1, IMAGE_BYTES);
	text = malloc(nr_head + size - 1);
	assert(image && text);
	memcpy(text, head, nr_head);
	memcpy(text + nr_head, data + 1, size - 1);
	r = restore(text, nr_head + size - 1, image, &error);
	assert(!r == !error.text[0]);
	if (!r)
		dump_makes_it_again(image);
	free(text);
	free(image);
	return 0;
}
