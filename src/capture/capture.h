/* Where frames come from: capture files, standard input, live interfaces.
 * The one door to libpcap. */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "capture/frame.h"

struct capture; /* opaque: a merged sequence of sources */

/* The most interface sockets of all captures together. */
#define CAPTURE_SOCKETS_MOST 64

/* The longest that a frame lies in the kernel before it can be read, when several interfaces or sharers
 * are merged by time. */
#define CAPTURE_HOLD_US 30000

enum source_kind { SOURCE_FILE, SOURCE_STDIN, SOURCE_INTERFACE };

/* What is known of one source; strings live as long as the capture. */
struct source {
	const char *name; /* as the user gave it; escaped on output, not here */
	enum source_kind kind;
	uint64_t packets, bytes;  /* delivered; bytes as captured */
	uint64_t dropped;         /* by kernel and interface (live), or as the file says (pcapng ISB) */
	uint64_t truncated;       /* frames with captured < length */
	const char *link_type;    /* libpcap's name of its first link type, e.g. "EN10MB" */
	uint32_t snaplen;
	enum err damage;          /* ERR_OK, or why reading stopped early */
	const char *damage_text;  /* one sentence: what is wrong and at which byte; NULL */
	int64_t first_us, last_us;
};

struct capture_options {
	const char *filter;        /* BPF expression, NULL: all */
	bool progress;             /* a bar on standard error, only when that is a terminal */
	/* live only */
	size_t buffer_bytes;       /* kernel ring of an interface; 0: a good default */
	uint32_t snaplen;          /* 0: 262144 */
	bool immediate;
	bool promiscuous;
	unsigned sharers;          /* >1: as many captures, each read by its own thread, share the frames of the
	                              interfaces (and the buffer); both directions of a connection stay together */
	const struct capture *fellow; /* the first of the sharers, with the same interfaces; NULL: this is it */
};

/* Open captures files offline. Each path is a file, "-" or a folder (every capture file below it);
 * pcap and pcapng, also compressed .gz .zst .lz4, recognised by content, not by name. Several
 * sources are read in the order of their first frame's time, one after another, unless their time
 * spans overlap: then they are merged by time. A bad one among several is reported (err_say) and
 * kept as a source with damage; ERR_USAGE with err_detail() when none can be read (ERR_PERMISSION
 * if that is the reason); ERR_INTERRUPTED when a signal came while waiting for standard input
 * (handlers that are to stop the program must not have SA_RESTART). */
MUSTCHECK enum err capture_open_files(const char *const *paths, size_t n, const struct capture_options *options,
                                      struct capture **ret_capture);

/* A second reader of the same files, from their beginning. It delivers the same frames as the
 * original and may belong to another thread, or capture_next() fails: a file that the original
 * read cannot be opened any more, or its name stands for another one. Bad files are not reported
 * again.
 * errors  ERR_UNSUPPORTED: one of them can be read only once (a pipe, standard input); ERR_MEMORY */
MUSTCHECK enum err capture_open_again(const struct capture *original, struct capture **ret_capture);

/* Open live interfaces. ERR_PERMISSION or ERR_IO or ERR_USAGE with err_detail(). */
MUSTCHECK enum err capture_open_live(const char *const *interfaces, size_t n, const struct capture_options *options,
                                     struct capture **ret_capture);

/* The next frames in time order; they stay valid until the next call.
 * Live: returns with batch->n == 0 after at most 100 ms without a frame, or at once when there are
 * sharers (capture_wait()). Files too may return ERR_OK with none, after a signal or when the filter
 * drops many frames: check whether to stop, then call again.
 * ERR_END: no more frames (batch->n is 0). Damage of a source is not an error: it is in its struct
 * source. ERR_IO: the system failed.
 * The filter is applied here: frames that it drops are not delivered and not counted in packets. */
MUSTCHECK enum err capture_next(struct capture *c, struct frame_batch *batch);

/* The files or interfaces of the capture by index, and what was read of each so far. */
size_t capture_source_count(const struct capture *c);
const struct source *capture_source(const struct capture *c, size_t i);

/* Live: wait until one of the captures has a frame, a signal comes or the time-out expires. */
void capture_wait(struct capture *const *captures, size_t n, int timeout_ms);

/* Live: refresh `dropped` from the kernel (pcap_stats). */
void capture_refresh_statistics(struct capture *c);

/* Live: what happened to an interface. */
enum capture_event_kind { CAPTURE_DOWN, CAPTURE_VANISHED, CAPTURE_BACK };
struct capture_event {
	enum capture_event_kind kind;
	size_t source;
	int64_t time_us;  /* wall clock */
	const char *text; /* a sentence; lives as long as the capture */
};

/* The next event not reported yet; false: there is none. From CAPTURE_DOWN or CAPTURE_VANISHED to
 * CAPTURE_BACK the source delivers nothing: a gap. */
bool capture_next_event(struct capture *c, struct capture_event *ret_event);

/* The descriptors of the packet sockets (for sandbox_enter and poll). Returns
 * how many there are; writes at most `most`. They stay the same until
 * capture_close. */
size_t capture_descriptors(const struct capture *c, int *ret_fds, size_t most);

void capture_close(struct capture *c);

#endif
