/* Every bound of the program: its unit, why, and what happens at it. Waits are
 * in microseconds and are the contract's (section 4); options change them. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)

/* Packet side */
#define FLOWS_MOST_DEFAULT 1000000u   /* tracked at once; then the least telling is evicted first (notice table-full) */
#define STREAM_MOST_BYTES 65536u      /* first bytes kept per side until they are understood; then the side is given
                                         up */
#define STREAM_HOLES_MOST 32u         /* out-of-order segments kept per side; then the side is given up */
#define STREAMS_MOST_BYTES (64u << 20) /* all of them together; then new flows are not dissected (table-full) */
#define EVIDENCE_RING_BYTES (32u << 20) /* packets kept of undecided flows; the oldest go first */
#define EVIDENCE_PACKET_BYTES 256u    /* kept of one packet */
#define EVIDENCE_FLOW_FIRST 16u       /* first packets of a flow, kept whatever they are; then what begins, ends,
                                         interrupts it */
#define EVIDENCE_FLOW_PACKETS 64u     /* kept of one flow in all; then no more */
#define NAMES_FLOW_BYTES (32u << 20)  /* names that flows carry; then flows lose theirs (table-full) */

#define AHEAD_MOST_BYTES (64u << 20)  /* live, -j: frames that wait for earlier ones; then they wait in the kernel */
#define BULLETINS_MOST_BYTES (32u << 20) /* live: what waits to be judged; then packets wait in the kernel */

/* Attempt side */
#define NAMES_MOST_BYTES (128u << 20) /* all names seen; then new ones are not kept (table-full) */
#define BINDINGS_MOST 4000000u        /* client × address × name; then the oldest go (table-full) */
#define BINDINGS_LIVE_MOST 1000000u   /* the same for a monitor, which needs the last minutes': not told */
#define CANDIDATES_LIVE_MOST 400000u  /* attempts of the last minutes; then new ones are not kept (table-full) */
#define CANDIDATES_SPARE 4u           /* 1/4 of either is reserved for what may belong to a rule; other attempts are
                                         then only counted (flood): a scan does not push the rest out */
#define WINDOW_LIVE_US (10 * MINUTE_US) /* how long attempts can still be explained by later ones */
#define REOPEN_LIVE_US (5 * MINUTE_US)  /* how long after its end an attempt may come out differently: beyond, what
                                         explained it is no longer all in the window */
#define SETTLE_LIVE_US (10 * SECOND_US) /* how long a failure is held back for what may explain it */
#define EVIDENCE_ATTEMPTS_BYTES (64u << 20) /* packets copied for attempts that are not reported yet; then attempts have
                                         none (flood) */
#define EVIDENCE_STRANGERS_BYTES (16u << 20) /* from here on attempts that surely belong to no rule have none
                                         (flood) */
#define LOOKUPS_MOST 1000000u         /* look-ups of listed names */
#define ANSWERS_RECENT_BYTES (1u << 20) /* packets of successful ones, in case another answer contradicts */
#define CANDIDATES_MOST 4000000u      /* attempts waiting to be settled; then new ones are not kept (table-full) */
#define SIBLINGS_MOST 2048u           /* before and after an attempt, those of its rule (and client) that may explain
                                         it, the nearest in time: endless retries are judged in linear time */
#define RETRIES_SHARE 10u             /* 1/10 of the decided attempts, or one, may be failures that a retry mended; of
                                         more, none is forgiven */
#define LONE_MOST 2000u               /* unanswered single-packet conversations kept per server port; then counted
                                         (flood) */
#define LONE_TARGETS_MOST 100000u     /* server ports for which that is counted; then such conversations are not kept */
#define UNLISTED_MOST 20000u          /* blocked connections without a rule that are reported one by one; then counted
                                         (flood) */
#define UNLISTED_CLIENT_MOST 200u     /* the same per client: a scanner does not fill the report */
#define CALLS_MOST 200000u            /* calls (STUN, TURN) kept, live: in ten minutes; then they are counted (flood) */
#define CALLS_UNLISTED_MOST 20000u    /* of them to servers that no rule asks for */
#define STANDING_MOST 500000u         /* live: clients × rules whose newest attempt alerts and metrics go by; then the
                                         half of them heard of longest ago goes */
#define TTLS_MOST 1000000u            /* servers whose usual TTL is known; further ones have none */
#define HEARD_SECONDS_MOST (1u << 20) /* seconds remembered in which a client heard something; later ones are not */
#define LOSSES_MOST 1024u             /* times of lost packets remembered: at one a second, more than the live window */
#define CLEAR_US (10 * SECOND_US)     /* loss-free time of tries that proves silence in spite of losses around it */
#define SEGMENTS_MOST 256u            /* uninterrupted stretches of capture remembered */

/* Text and Markdown: what one section shows; then its last line says how many more there are and which command has
 * all. JSON, NDJSON and CSV are complete. */
#define SHOWN_MISSING 100u            /* changes, critical ones first */
#define SHOWN_REASONS 30u             /* of them, those with their reasons */
#define SHOWN_DIFFERENCES 100u        /* of one kind, by diff */
#define SHOWN_RULES 200u              /* rules that failed or were not decided; of allowed ones half as many, of unseen
                                         ones a tenth */
#define SHOWN_GROUPS 100u             /* groups whose function is broken or degraded; a fifth of the others */
#define SHOWN_CALLS 20u               /* kinds of calls of rules; half as many of others */
#define SHOWN_UNLISTED 40u            /* names seen that are on no list */
#define SHOWN_STRANGERS 20u           /* incidents without a rule */
#define SHOWN_NOTICES 5u              /* notices of one code */
#define SHOWN_FROM 40u                /* clients of a change */
#define SHOWN_NAMES 8u                /* addresses, names, rules, incidents of a change */

/* Disk */
#define WAL_TOLD_BYTES (64u << 20)    /* of a write-ahead log that another program holds; then it is reported */
#define WAL_MOST_BYTES (1u << 30)     /* the same: then a monitor's rows wait, and are lost; --keep-size lowers it */

/* Shares of --memory: each of these bounds is lowered to bytes / SHARE where that is
 * less; flows get what is left. */
#define SHARE_EVIDENCE 10u
#define SHARE_STREAMS 8u
#define SHARE_FLOW_NAMES 16u
#define SHARE_NAMES 8u
#define SHARE_BULLETINS 16u
#define SHARE_AHEAD 16u
#define SHARE_BINDINGS (8u * 64u)     /* 64 bytes a binding: 32, and its index slots at worst */
#define FLOW_BYTES 750u               /* of a tracked flow at worst: record, place and buckets while they grow (230),
                                         rare state (96), what was said (240), who listens (176) */
#define ATTEMPT_BYTES 1024u           /* of an attempt that is kept until the report, roughly: in no share */
#define BESIDE_BYTES (512u << 20)     /* the shares together, where --memory is plenty; else 12/20 of it */

/* A bound under --memory; memory_bytes 0: none was given. */
static inline size_t limit_share(size_t most, size_t memory_bytes, size_t share)
{
	return memory_bytes && memory_bytes / share < most ? memory_bytes / share : most;
}

/* Idle times after which a flow is taken to be over */
#define IDLE_TCP_NEW_US (130 * SECOND_US)   /* unanswered SYN: Linux's retries come up to 64 s apart */
#define IDLE_TCP_OPEN_US (3600 * SECOND_US)
#define IDLE_TCP_CLOSED_US (5 * SECOND_US)  /* stray packets after the end still belong to it */
#define IDLE_UDP_US (120 * SECOND_US)

/* Time */
#define CLOCK_SLACK_US (10 * SECOND_US)     /* reordering: back by less is no jump */
#define CLOCK_JUMP_US (600 * SECOND_US)     /* forward by more is a jump or a pause */
#define CLOCK_LEAD_US SECOND_US             /* live: ahead of the monotonic clock by more is a jump */
#define CLOCK_STEP_US (3600 * SECOND_US)    /* a believed jump forward ages flows by this at most */

#endif
