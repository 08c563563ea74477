// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Asks one path at a fixed rate, whatever the server does: when each request is due is drawn
 * before the first is sent, and its latency is counted from then until the last byte of its reply.
 * A server that stands still, or a client that is late, so makes every request of that time slow,
 * not one (wrk2's answer to "coordinated omission"). Requests come as from many people who do not
 * know of each other (a Poisson process); the seed makes them the same for every server.
 *
 * A request waits, while it is due, until one of the connections is free. Prints a line of JSON, of
 * what was due until then when SIGTERM ends it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define HEAD_SIZE 8192
/* How long the last replies are waited for, in nanoseconds, once all requests are due. */
#define PATIENCE 2000000000ll
#define SECOND 1000000000ll

struct conn {
	int fd;
	bool busy;
	size_t request; /* that it carries */
	size_t head;	/* bytes of the reply's head so far */
	int64_t left;	/* of its content; -1 while the head is not complete */
	char text[HEAD_SIZE];
};

static struct sockaddr_in server;
static char request_text[1024];
static size_t request_size;
static struct conn *conns, **idle;
static size_t idle_first, idle_count, conn_count;
static int64_t *due, *sent, *done; /* of each request, in nanoseconds from the start; 0: not yet */
static size_t count, next, answered, errors;
static int64_t start;
static int poller;
static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec - start;
}

/* Between 0 and 1, neither of them. */
static double random_part(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return ((double)(*state >> 11) + 0.5) / (double)(1ull << 53);
}

static void draw(double rate, double seconds, uint64_t seed)
{
	uint64_t state = 0x9e3779b97f4a7c15ull * (seed + 1);
	double at = 0;
	size_t i;

	count = (size_t)(rate * seconds);
	due = calloc(count, sizeof(*due));
	sent = calloc(count, sizeof(*sent));
	done = calloc(count, sizeof(*done));
	if (!due || !sent || !done)
		die("memory");
	for (i = 0; i < count; i++) {
		at -= log(random_part(&state)) / rate;
		due[i] = (int64_t)(at * 1e9);
	}
}

static void make_idle(struct conn *c)
{
	c->busy = false;
	c->head = 0;
	c->left = -1;
	idle[(idle_first + idle_count++) % conn_count] = c;
}

static void open_conn(struct conn *c)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&server, sizeof(server)))
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event))
		die("epoll_ctl");
	make_idle(c);
}

/* The reply that it waits for will not come. */
static void fail(struct conn *c)
{
	size_t i;

	close(c->fd);
	errors++;
	if (!c->busy) { /* closed between two requests: no longer among those that may carry one */
		size_t kept = 0;

		for (i = 0; i < idle_count; i++) {
			struct conn *other = idle[(idle_first + i) % conn_count];

			if (other != c)
				idle[(idle_first + kept++) % conn_count] = other;
		}
		idle_count = kept;
	}
	open_conn(c);
}

static void send_due(void)
{
	while (next < count && idle_count) {
		struct conn *c;
		int64_t t = now();

		if (due[next] > t)
			break;
		c = idle[idle_first];
		idle_first = (idle_first + 1) % conn_count;
		idle_count--;
		c->busy = true;
		c->request = next;
		sent[next++] = t;
		if (send(c->fd, request_text, request_size, MSG_NOSIGNAL) != (ssize_t)request_size)
			fail(c);
	}
}

/* Whether the head is complete and as it should be: 1, 0 when not yet, -1 when it is not. */
static int take_head(struct conn *c)
{
	char *end, *length;

	c->text[c->head] = 0;
	end = strstr(c->text, "\r\n\r\n");
	if (!end)
		return c->head < HEAD_SIZE - 1 ? 0 : -1;
	length = strcasestr(c->text, "\r\nContent-Length:");
	if (strncmp(c->text, "HTTP/1.1 200 ", 13) || !length || length > end)
		return -1;
	c->left = strtoll(length + 17, NULL, 10) - (int64_t)(c->head - (size_t)(end + 4 - c->text));
	return 1;
}

static void receive(struct conn *c)
{
	static char content[1 << 18];
	bool head = c->left < 0;
	ssize_t n = head ? recv(c->fd, c->text + c->head, HEAD_SIZE - 1 - c->head, MSG_DONTWAIT) :
			   recv(c->fd, content, sizeof(content), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || !c->busy) {
		fail(c);
		return;
	}
	if (head) {
		c->head += (size_t)n;
		switch (take_head(c)) {
		case -1:
			fail(c);
			return;
		case 0:
			return;
		}
	} else {
		c->left -= n;
	}
	if (c->left > 0)
		return;
	if (c->left < 0) {
		fail(c);
		return;
	}
	done[c->request] = now();
	answered++;
	make_idle(c);
}

/* Until something can be read, or the next request is due and can be sent. */
static int await(struct epoll_event *events, int size, int64_t end)
{
	int64_t until = next < count && idle_count ? due[next] : end, left = until - now();
	struct timespec t = {.tv_sec = left > 0 ? left / SECOND : 0,
			     .tv_nsec = left > 0 ? left % SECOND : 0};

	return epoll_pwait2(poller, events, size, &t, NULL);
}

static void ask(void)
{
	struct epoll_event events[64];
	int64_t end = due[count - 1] + PATIENCE;
	int i, n;

	while (answered + errors < count && now() < end && !stopped) {
		send_due();
		n = await(events, 64, end);
		if (n < 0 && errno != EINTR)
			die("epoll_pwait2");
		for (i = 0; i < n; i++)
			receive(events[i].data.ptr);
	}
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Of all requests: one that was not answered counts as long as it has been waited for. */
static void print_latencies(const char *name, const int64_t *from, int64_t end)
{
	static const struct {
		const char *name;
		double part;
	} points[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};
	int64_t *took = calloc(count, sizeof(*took));
	size_t i, at;

	if (!took)
		die("memory");
	for (i = 0; i < count; i++)
		took[i] = (done[i] ? done[i] : end) - (from[i] ? from[i] : end);
	qsort(took, count, sizeof(*took), compare);
	printf(",\"%s\":{", name);
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		at = (size_t)ceil(points[i].part * (double)count) - 1;
		printf("%s\"%s\":%.1f", i ? "," : "", points[i].name, (double)took[at] / 1e3);
	}
	printf("}");
	free(took);
}

int main(int argc, char **argv)
{
	double rate, seconds;
	int64_t end;
	size_t i;

	if (argc != 7) {
		fputs("Usage: client PORT PATH RATE SECONDS CONNECTIONS SEED\n", stderr);
		return 64;
	}
	server.sin_family = AF_INET;
	server.sin_port = htons((uint16_t)atoi(argv[1]));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	request_size = (size_t)snprintf(request_text, sizeof(request_text),
					"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n\r\n", argv[2],
					argv[1]);
	rate = atof(argv[3]);
	seconds = atof(argv[4]);
	conn_count = (size_t)atoi(argv[5]);
	conns = calloc(conn_count, sizeof(*conns));
	idle = calloc(conn_count, sizeof(*idle));
	poller = epoll_create1(0);
	if (request_size >= sizeof(request_text) || rate * seconds < 1 || !conns || !idle ||
	    poller < 0)
		die("arguments");
	draw(rate, seconds, (uint64_t)atoll(argv[6]));
	for (i = 0; i < conn_count; i++)
		open_conn(&conns[i]);
	signal(SIGTERM, stop);
	start = now();
	ask();
	end = now();
	while (stopped && count > 1 && due[count - 1] > end)
		count--;
	printf("JSON {\"rate\":%.0f,\"requests\":%zu,\"answered\":%zu", rate, count, answered);
	printf(",\"errors\":%zu,\"seconds\":%.6f", errors, (double)end / 1e9);
	print_latencies("due", due, end);
	print_latencies("sent", sent, end);
	puts("}");
	return 0;
}
