// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the original is known to get wrong, in words, and what may be done.
 */
#include "fvd-v1-map.h"

static const struct {
	const char *word;
	u32 bit;
	u32 excludes;
} words[] = {
	{ "missing-as-base", FVD_V1_ACCEPT_MISSING_AS_BASE,
	  FVD_V1_ACCEPT_MISSING_AS_ZEROS },
	{ "missing-as-zeros", FVD_V1_ACCEPT_MISSING_AS_ZEROS,
	  FVD_V1_ACCEPT_MISSING_AS_BASE },
	{ "journal-replay", FVD_V1_ACCEPT_JOURNAL_REPLAY,
	  FVD_V1_ACCEPT_JOURNAL_IGNORE },
	{ "journal-ignore", FVD_V1_ACCEPT_JOURNAL_IGNORE,
	  FVD_V1_ACCEPT_JOURNAL_REPLAY },
	{ "no-journal-as-stored", FVD_V1_ACCEPT_NO_JOURNAL },
	{ "cut-short-as-zeros", FVD_V1_ACCEPT_CUT_SHORT },
	{ "beyond-table-as-zeros", FVD_V1_ACCEPT_BEHIND_TABLE },
	{ "beyond-disk-ignored", FVD_V1_ACCEPT_BEHIND_DISK },
	{ "shared-as-stored", FVD_V1_ACCEPT_SHARED },
	{ "conflict-as-replayed", FVD_V1_ACCEPT_CONFLICT },
	{ "data-file-as-raw", FVD_V1_ACCEPT_FOREIGN_DATA },
};

static const struct {
	const char *text;
	const char *words;
	u32 accepted_by;
} findings[FVD_V1_NR_FINDINGS] = {
	[FVD_V1_MISSING] = {
		"in the image by the bitmap, but without storage; what belongs there is in the base",
		"missing-as-base or missing-as-zeros",
		FVD_V1_ACCEPT_MISSING_AS_BASE | FVD_V1_ACCEPT_MISSING_AS_ZEROS,
	},
	[FVD_V1_LOST_JOURNAL] = {
		"marked as cleanly closed, but the journal tells of more",
		"journal-replay or journal-ignore",
		FVD_V1_ACCEPT_JOURNAL_REPLAY | FVD_V1_ACCEPT_JOURNAL_IGNORE,
	},
	[FVD_V1_NO_JOURNAL] = {
		"not cleanly closed and without a journal: last writes may be lost",
		"no-journal-as-stored",
		FVD_V1_ACCEPT_NO_JOURNAL,
	},
	[FVD_V1_CUT_SHORT] = {
		"the file ends before the disk does",
		"cut-short-as-zeros",
		FVD_V1_ACCEPT_CUT_SHORT,
	},
	[FVD_V1_BEHIND_TABLE] = {
		"the disk was enlarged and the table was not: no entry to be trusted",
		"beyond-table-as-zeros",
		FVD_V1_ACCEPT_BEHIND_TABLE,
	},
	[FVD_V1_BEHIND_DISK] = {
		"the journal tells of chunks behind the disk's end",
		"beyond-disk-ignored",
		FVD_V1_ACCEPT_BEHIND_DISK,
	},
	[FVD_V1_SHARED] = {
		"another chunk has the same storage",
		"shared-as-stored",
		FVD_V1_ACCEPT_SHARED,
	},
	[FVD_V1_CONFLICT] = {
		"the journal gives the chunk another storage than it had",
		"conflict-as-replayed",
		FVD_V1_ACCEPT_CONFLICT,
	},
	[FVD_V1_FOREIGN_DATA] = {
		"the data file is recorded as of another format than raw",
		"data-file-as-raw",
		FVD_V1_ACCEPT_FOREIGN_DATA,
	},
};

const char *fvd_v1_finding_text(enum fvd_v1_finding finding)
{
	return findings[finding].text;
}

const char *fvd_v1_finding_words(enum fvd_v1_finding finding)
{
	return findings[finding].words;
}

static int parse_word(const char *word, int nr_bytes, u32 *mask,
		      struct fvd_error *error)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].word) != nr_bytes ||
		    memcmp(words[i].word, word, nr_bytes))
			continue;
		if (*mask & words[i].excludes)
			return fvd_error_set(error, -EINVAL,
				"%s contradicts another word", words[i].word);
		*mask |= words[i].bit;
		return 0;
	}
	return fvd_error_set(error, -EINVAL,
			     "found \"%.*s\", expected a word that \"fvd check\" tells",
			     min(nr_bytes, 40), word);
}

int fvd_v1_accept_parse(const char *list, u32 *mask, struct fvd_error *error)
{
	size_t nr_bytes;
	int r;

	for (;;) {
		nr_bytes = strcspn(list, ",");
		r = parse_word(list, min_t(size_t, nr_bytes, INT_MAX), mask,
			       error);
		if (r || !list[nr_bytes])
			return r;
		list += nr_bytes + 1;
	}
}

int fvd_v1_findings_check(u32 found, u32 accepted, struct fvd_error *error)
{
	unsigned int i;

	for (i = 0; i < FVD_V1_NR_FINDINGS; i++)
		if (found & 1U << i && !(accepted & findings[i].accepted_by))
			return fvd_error_set(error, -EUCLEAN,
				"%s (see \"fvd check\"; to be accepted by %s)",
				findings[i].text, findings[i].words);
	return 0;
}
