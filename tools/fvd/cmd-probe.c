// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd probe: is there an image on this device? For udev rules and scripts.
 *
 * Keys as blkid(8) has them, so that IMPORT{program} does what libblkid will.
 */
#include <ctype.h>

#include "cli.h"
#include "fvd-image.h"
#include "report.h"

enum { OPTION_EXPORT };

static const struct cli_option options[] = {
	{ "export", NULL, "print KEY=VALUE lines for udev" },
	{ NULL },
};

/* As udev encodes what is not safe in a name. */
static void print_encoded(const char *key, const char *value)
{
	printf("%s=", key);
	for (; *value; value++) {
		if (isalnum((unsigned char)*value) || strchr("#+-.:=@_", *value))
			putchar(*value);
		else
			printf("\\x%02x", (unsigned char)*value);
	}
	putchar('\n');
}

static void print_export(const struct fvd_superblock *sb)
{
	char uuid[37];

	printf("ID_FS_TYPE=fvd\nID_FS_USAGE=other\nID_FS_VERSION=%u\n",
	       FVD_VERSION);
	printf("ID_FS_UUID=%s\n", format_uuid(uuid, sb->uuid));
	printf("ID_FS_UUID_ENC=%s\n", uuid);
	if (sb->label[0])
		print_encoded("ID_FS_LABEL_ENC", sb->label);
	printf("FVD_LAYOUT=%s\n", fvd_superblock_is_compact(sb) ? "compact" :
								 "flat");
	printf("FVD_SIZE=%llu\n", (unsigned long long)sb->virtual_size_bytes);
	printf("FVD_COMPLETE=%d\nFVD_CLEAN=%d\n", sb->complete, sb->clean);
}

static void print_report(const char *path, const struct fvd_superblock *sb,
			 bool json)
{
	struct report report;
	char uuid[37];

	report_begin(&report, json);
	report_text(&report, "device", "device", path);
	report_text(&report, "type", NULL, "fvd");
	report_number(&report, "format_version", "format version", FVD_VERSION);
	report_text(&report, "uuid", "UUID", format_uuid(uuid, sb->uuid));
	report_text(&report, "label", sb->label[0] ? "label" : NULL, sb->label);
	report_size(&report, "virtual_size_bytes", "disk size",
		    sb->virtual_size_bytes);
	report_flag(&report, "complete", "complete", sb->complete);
	report_end(&report);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct fvd_error error = { "" };
	struct fvd_image image;
	struct fvd_device dev;
	bool export = false;
	struct cli cli;
	int r;

	cli_begin(&cli, command, argc, argv);
	while (cli_next(&cli) == OPTION_EXPORT)
		export = true;
	r = fvd_device_open(&dev, cli.operands[0], 0, &error);
	if (r) {
		message(cli.operands[0], "%s", error.text);
		return EXIT_FAILED;
	}
	r = fvd_image_open(&image, &dev, &error);
	if (r && !(r == -ENODATA && export))
		message(cli.operands[0], "%s", error.text);
	else if (!r && export)
		print_export(&image.sb);
	else if (!r)
		print_report(cli.operands[0], &image.sb, cli.json);
	fvd_image_close(&image);
	fvd_device_close(&dev);
	return exit_code_of(r);
}

const struct command command_probe = {
	.name = "probe",
	.summary = "tell whether a device carries an image",
	.operands = "DEV",
	.min_operands = 1,
	.max_operands = 1,
	.reports = true,
	.options = options,
	.run = run,
};
