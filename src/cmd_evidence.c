/* rulegap evidence: the packets that prove an incident. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "command_filter.h"
#include "report/proof_packets.h"

static const struct option_row rows[] = {
	OPTION_DATABASE,
	{'w', "write", ARG_FILE, "FILE", false, "the capture file to write (pcapng); - is standard output"},
	{0},
};

static enum err incident_from_words(const struct options *o, int64_t *ret_incident)
{
	char *end;

	if (o->word_n != 1)
		return err_fail(ERR_USAGE, "evidence: give one incident, by its number (see rulegap incidents)");
	errno = 0;
	long long v = strtoll(o->words[0], &end, 10);
	if (end == o->words[0] || *end || errno || v < 1)
		return err_fail(ERR_USAGE, "evidence: %s is no number of an incident", o->words[0]);
	*ret_incident = v;
	return ERR_OK;
}

static enum err write_file(struct proof_packets *packets, const char *path)
{
	struct output out;
	enum err e = output_open(path, &out);

	if (e != ERR_OK)
		return e;
	e = isatty(fileno(out.file)) == 1 ? err_fail(ERR_USAGE, "evidence: standard output is a terminal")
	                                  : proof_packets_write(packets, out.file);
	return output_finish(&out, e);
}

static int run(const struct options *o)
{
	struct proof_packets *packets = NULL;
	const char *database, *path = options_last(o, "write", NULL);
	int64_t incident = 0;

	enum err e = database_from_options(o, &database);
	if (e == ERR_OK && !path)
		e = err_fail(ERR_USAGE, "evidence: option -w FILE is needed");
	if (e == ERR_OK)
		e = incident_from_words(o, &incident);
	if (e == ERR_OK)
		e = proof_packets_open(database, incident, &packets);
	if (e == ERR_OK)
		e = write_file(packets, path);
	proof_packets_close(packets);
	return command_fail(e);
}

const struct command command_evidence = {
	.name = "evidence",
	.summary = "write the packets that prove an incident",
	.usage = "-d DB INCIDENT -w FILE",
	.about = "Writes the packets that were kept of an incident as a pcapng file that Wireshark and tshark "
	         "open. What was concluded from them stands in the comments of the file and of each attempt's "
	         "first packet. Packets are kept up to their first bytes (headers and handshake).",
	.rows = rows,
	.run = run,
};
