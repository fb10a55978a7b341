/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel/task.c, request.c and service.c: callers and services that come to every kind of end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/membuf.h"
#include "kernel/service.h"
#include "tests/world/check.h"
#include "tests/world/machine.h"

enum { ECHO = 1, NEVER, FILL, DIE, COUNT, TEXT };

static struct port *port;
static int served_cancelled;
static unsigned served, asked;
static bool finished;

/*
 * ECHO answers what was asked; NEVER waits until it is told to let go; FILL
 * fills the buffer; DIE is a bug; COUNT takes a second; TEXT tells a text's length.
 */
static void echo_main(void *arg)
{
	struct service *self = arg;
	struct port *served_port = service_port(self->serves ? self->serves : self->name);
	for (;;) {
		int r;
		size_t len;
		char text[32];
		struct waitq never = { 0 };
		if (port_receive(served_port, &r, CLOCK_NEVER) < 0)
			continue;
		served++;
		const char *in = request_in_any(r, &len);
		switch (request_type(r)) {
		case ECHO:
			request_reply(r, (int)len, in, len);
			break;
		case TEXT:
			in = request_in_text(r);
			request_reply(r, in ? (int)strlen(in) : -EINVAL, NULL, 0);
			break;
		case NEVER:
			served_cancelled = waitq_wait(&never, CLOCK_NEVER);
			CHECK(request_cancelled(r));
			CHECK_INT(task_sleep_ms(1000), -ECANCELED);	/* again and again */
			request_reply(r, served_cancelled, NULL, 0);
			CHECK_INT(task_sleep_ms(1), 0);
			break;
		case FILL:
			membuf_append(request_buffer(r), "pages", 6);
			request_publish(r, "half", 5);
			if (task_sleep_ms(1000) == 0)
				membuf_append(request_buffer(r), "more", 5);
			request_reply(r, 7, NULL, 0);
			break;
		case DIE:
			membuf_append(request_buffer(r), "lost", 5);
			task_fault();
		case COUNT:
			task_sleep_ms(1000);
			snprintf(text, sizeof(text), "%u", served);
			request_reply(r, -EAGAIN, text, strlen(text) + 1);
		}
	}
}

static struct service echo = { .name = "echo", .main = echo_main, .stack_len = MACHINE_STACK };

static bool is_finished(void)
{
	return finished;
}

/* Each test is a task in a machine of its own with the echo service; afterwards nothing of it may be left. */
static task_fn *asker;

static void stay(void *arg)
{
	(void)arg;
	task_sleep_until(CLOCK_NEVER);
}

static void run_asker(void *arg)
{
	asker(arg);
	finished = true;
}

static void check_empty(void)
{
	CHECK_INT(machine_blocks_held, 0);
	CHECK_INT(machine_pages_held, 2 * (MACHINE_STACK + 4096));	/* stacks */
	CHECK(!echo.port.first);
	CHECK_INT(echo.port.waiting, 0);
}

static void in_machine(void *fn)
{
	asker = (task_fn *)fn;
	CHECK_INT(service_start(&echo), 0);
	port = service_port("echo");
	task_create("stay", stay, NULL, MACHINE_STACK);
	task_create("asker", run_asker, NULL, MACHINE_STACK);
	CHECK(machine_run(is_finished, 1000000000));
	machine_run(NULL, 5000000);
	check_empty();
}

static bool in_a_world(const void *fn)
{
	return machine_alone(in_machine, (void *)fn);
}

static void ask_and_read(void *arg)
{
	char out[8] = "", long_out[32];
	(void)arg;
	CHECK_INT(port_call(port, ECHO, "abc", 4, out, sizeof(out), CLOCK_NEVER), 4);
	CHECK(!strcmp(out, "abc"));
	/* the answer is cut to what was asked for */
	CHECK_INT(port_call(port, ECHO, "0123456789", 11, out, 4, CLOCK_NEVER), 11);
	CHECK(!memcmp(out, "0123", 4));
	CHECK_INT(port_call(port, ECHO, NULL, 0, NULL, 0, CLOCK_NEVER), 0);
	/* its own -EAGAIN is another's */
	CHECK_INT(port_call(port, COUNT, NULL, 0, long_out, sizeof(long_out), CLOCK_NEVER), -EBUSY);
	CHECK(!strcmp(long_out, "4"));
	CHECK_INT(port_call(NULL, ECHO, NULL, 0, NULL, 0, CLOCK_NEVER), -ECONNRESET);
	CHECK_INT(port_call(port, ECHO, out, REQUEST_DATA_MAX + 1, NULL, 0, CLOCK_NEVER), -EMSGSIZE);
}

static void ask_by_text(void *arg)
{
	(void)arg;
	CHECK_INT(port_call(port, TEXT, "abc", 4, NULL, 0, CLOCK_NEVER), 3);
	CHECK_INT(port_call(port, TEXT, "", 1, NULL, 0, CLOCK_NEVER), 0);
	CHECK_INT(port_call(port, TEXT, "abc", 3, NULL, 0, CLOCK_NEVER), -EINVAL);
	CHECK_INT(port_call(port, TEXT, "a\0b", 3, NULL, 0, CLOCK_NEVER), -EINVAL);
	CHECK_INT(port_call(port, TEXT, NULL, 0, NULL, 0, CLOCK_NEVER), -EINVAL);
	CHECK(!request_in_text(0));
}

static void give_up_at_deadline(void *arg)
{
	(void)arg;
	uint64_t begun = clock_us();
	CHECK_INT(port_call(port, NEVER, NULL, 0, NULL, 0, begun + 300000), -ETIMEDOUT);
	CHECK(clock_us() - begun >= 300000 && clock_us() - begun <= 310000);
	/* the service has heard it, and serves on */
	CHECK_INT(port_call(port, ECHO, "x", 2, NULL, 0, CLOCK_NEVER), 2);
	CHECK_INT(served_cancelled, -ECANCELED);
}

static bool third_time(void)
{
	return ++asked == 3;
}

static void stop_by_hand(void *arg)
{
	(void)arg;
	uint64_t begun = clock_us();
	CHECK_INT(port_call_unless(port, NEVER, NULL, 0, NULL, 0, CLOCK_NEVER, third_time), -ECANCELED);
	CHECK(clock_us() - begun >= 300000 && clock_us() - begun <= 310000);
	CHECK_INT(port_call(port, ECHO, "x", 2, NULL, 0, CLOCK_NEVER), 2);
}

/* One request through many waits: it is asked once, and its progress, end and pages come over. */
static void wait_in_slices(void *arg)
{
	struct membuf pages = { 0 };
	char out[8] = "";
	unsigned slices = 0;
	int err, r = request_start(port, FILL, NULL, 0, sizeof(out));
	(void)arg;
	CHECK(r > 0);
	CHECK_INT(request_read(r, out, sizeof(out)), 0);
	while ((err = request_wait(r, clock_us() + 200000)) == -EAGAIN) {
		slices++;
		CHECK_INT(request_read(r, out, sizeof(out)), 5);
		CHECK(!strcmp(out, "half"));
		CHECK_INT(request_take(r, &pages), -EAGAIN);	/* not yet ours */
	}
	CHECK_INT(err, 7);
	CHECK(slices >= 4 && slices <= 5);
	CHECK_INT(served, 1);
	CHECK_INT(request_take(r, &pages), 0);
	CHECK(!memcmp(pages.data, "pages\0more", 11));
	request_close(r);
	CHECK_INT(request_wait(r, CLOCK_NEVER), -EBADF);
	CHECK_INT(request_read(r, out, sizeof(out)), -EBADF);
	CHECK_INT(request_take(r, &pages), -EBADF);
	request_close(r);
	membuf_free(&pages);
	/* an answer that nobody takes: its pages go with it */
	r = request_start(port, FILL, NULL, 0, 0);
	CHECK_INT(request_wait(r, CLOCK_NEVER), 7);
	request_close(r);
}

static void let_service_die(void *arg)
{
	(void)arg;
	int queued = 0, dying = request_start(port, DIE, NULL, 0, 0);
	queued = request_start(port, ECHO, "q", 2, 0);
	CHECK_INT(request_wait(dying, CLOCK_NEVER), -ECONNRESET);
	CHECK_INT(request_wait(queued, CLOCK_NEVER), 2);	/* by its next life */
	CHECK_INT(echo.restarts, 1);
	request_close(dying);
	request_close(queued);
	for (unsigned i = 0; i < 4; i++)
		CHECK_INT(port_call(port, DIE, NULL, 0, NULL, 0, CLOCK_NEVER), -ECONNRESET);
	/* too often: it rests for a minute, and serves then */
	CHECK_INT(port_call(port, ECHO, "q", 2, NULL, 0, clock_us() + 1000000), -ETIMEDOUT);
	uint64_t begun = clock_us();
	CHECK_INT(port_call(port, ECHO, "q", 2, NULL, 0, CLOCK_NEVER), 2);
	CHECK(clock_us() - begun > 55000000 && clock_us() - begun < 60000000);
	CHECK_INT(echo.restarts, 5);
}

/* Until it rests. */
static void crash_often(struct service *s)
{
	for (unsigned i = 0; i < 5; i++) {
		task_crash(s->task);
		task_sleep_ms(1);
	}
}

/* Several serve one port: it is open as long as one of them is up, whichever. */
static void serve_together(void *arg)
{
	static struct service helpers[] = {
		{ .name = "echo2", .serves = "echo", .main = echo_main, .stack_len = MACHINE_STACK },
		{ .name = "echo3", .serves = "echo", .main = echo_main, .stack_len = MACHINE_STACK },
	};
	(void)arg;
	for (unsigned i = 0; i < 2; i++)
		CHECK_INT(service_start(&helpers[i]), 0);
	crash_often(&echo);
	crash_often(&helpers[0]);
	CHECK_INT(port_call(port, ECHO, "abc", 4, NULL, 0, clock_us() + 1000000), 4);
	crash_often(&helpers[1]);
	CHECK_INT(port_call(port, ECHO, "abc", 4, NULL, 0, clock_us() + 1000000), -ETIMEDOUT);
	CHECK_INT(port_call(port, ECHO, "abc", 4, NULL, 0, clock_us() + 61000000), 4);
	machine_pages_held -= 2 * (MACHINE_STACK + 4096);	/* the helpers' */
}

/* Eight wait, the ninth is told so, or waits for room; each is answered. */
static void fill_port(void *arg)
{
	int r[REQUESTS_EACH];
	(void)arg;
	for (unsigned i = 0; i < REQUESTS_EACH; i++) {
		r[i] = request_start(port, ECHO, "n", 2, 2);
		CHECK(r[i] > 0);
	}
	CHECK_INT(request_start(port, ECHO, "n", 2, 2), -EMFILE);
	for (unsigned i = 0; i < REQUESTS_EACH; i++) {
		CHECK_INT(request_wait(r[i], CLOCK_NEVER), 2);
		request_close(r[i]);
	}
	CHECK_INT(served, REQUESTS_EACH);
}

static unsigned in_time, too_late, full;

static void eighth(void *arg)
{
	(void)arg;
	too_late += port_call(port, ECHO, "8", 2, NULL, 0, clock_us() + 300000) == -ETIMEDOUT;
}

static void ninth(void *arg)
{
	(void)arg;
	full += port_call(port, ECHO, "9", 2, NULL, 0, clock_us() + 200000) == -EAGAIN;
	full += request_start(port, ECHO, "9", 2, 0) == -EAGAIN;
	in_time += port_call(port, ECHO, "9", 2, NULL, 0, CLOCK_NEVER) == 2;
}

static void fill_by_many(void *arg)
{
	int r[REQUESTS_EACH];
	(void)arg;
	r[0] = request_start(port, COUNT, NULL, 0, 0);	/* the service is busy for a second */
	task_sleep_ms(1);
	for (unsigned i = 1; i < REQUESTS_EACH; i++)
		r[i] = request_start(port, ECHO, "n", 2, 0);
	task_create("eighth", eighth, NULL, MACHINE_STACK);
	task_create("ninth", ninth, NULL, MACHINE_STACK);
	for (unsigned i = 0; i < REQUESTS_EACH; i++) {
		CHECK_INT(request_wait(r[i], CLOCK_NEVER), i ? 2 : -EBUSY);
		request_close(r[i]);
	}
	task_sleep_ms(1000);
	CHECK_INT(full, 2);
	CHECK_INT(too_late, 1);
	CHECK_INT(in_time, 1);
}

/* Callers that end in every way with requests queued, served, answered and not fetched. */
static enum { RETURNS, FAULTS, CRASHED } end;
static int stolen;

static void ends(void *arg)
{
	int r[4];
	(void)arg;
	r[0] = request_start(port, FILL, "", 0, 8);
	task_sleep_ms(1500);				/* answered, and not taken */
	r[1] = request_start(port, NEVER, NULL, 0, 8);
	task_yield();					/* served */
	r[2] = request_start(port, ECHO, "n", 2, 8);	/* queued */
	stolen = r[0];
	if (end == FAULTS)
		task_fault();
	else if (end == CRASHED)
		request_wait(r[1], CLOCK_NEVER);
}

static void let_caller_end(void *arg)
{
	char out[8];
	(void)arg;
	struct task *t = task_create("ends", ends, NULL, MACHINE_STACK);
	task_sleep_ms(1600);
	if (end == CRASHED) {
		CHECK_INT(request_wait(stolen, CLOCK_NEVER), -EBADF);	/* another's */
		CHECK_INT(request_read(stolen, out, sizeof(out)), -EBADF);
		request_reply(stolen, 0, NULL, 0);
		request_close(stolen);
		task_crash(t);
	}
	CHECK_INT(port_call(port, ECHO, "x", 2, NULL, 0, CLOCK_NEVER), 2);
	CHECK_INT(served_cancelled, -ECANCELED);
	CHECK_INT(served, 3);
}

/* A service that asks another hears through it that its own asker has gone. */
static void relay_main(void *arg)
{
	struct service *self = arg;
	int r;
	for (;;)
		if (port_receive(&self->port, &r, CLOCK_NEVER) == 0)
			request_reply(r, port_call(port, NEVER, NULL, 0, NULL, 0, CLOCK_NEVER), NULL, 0);
}

static void cancel_chain(void *arg)
{
	static struct service relay = { .name = "relay", .main = relay_main, .stack_len = MACHINE_STACK };
	(void)arg;
	service_start(&relay);
	CHECK_INT(port_call(service_port("relay"), 1, NULL, 0, NULL, 0, clock_us() + 100000), -ETIMEDOUT);
	CHECK_INT(port_call(port, ECHO, "x", 2, NULL, 0, clock_us() + 100000), 2);
	CHECK_INT(served_cancelled, -ECANCELED);
	machine_pages_held -= MACHINE_STACK + 4096;	/* the relay is to stay */
}

/* However a wait ends, nobody is counted as waiting afterwards. */
static struct waitq crowd;

static void wait_in_crowd(void *arg)
{
	(void)arg;
	waitq_wait(&crowd, clock_us() + 1000000);
}

static void count_waiters(void *arg)
{
	(void)arg;
	struct task *t = task_create("crashed", wait_in_crowd, NULL, MACHINE_STACK);
	task_create("in time", wait_in_crowd, NULL, MACHINE_STACK);
	task_sleep_ms(1);
	CHECK_INT(crowd.waiters, 2);
	task_crash(t);
	CHECK_INT(crowd.waiters, 1);
	task_sleep_ms(2000);
	CHECK_INT(crowd.waiters, 0);
	task_create("woken", wait_in_crowd, NULL, MACHINE_STACK);
	t = task_create("woken and crashed", wait_in_crowd, NULL, MACHINE_STACK);
	task_sleep_ms(1);
	waitq_wake(&crowd);
	task_crash(t);
	CHECK_INT(crowd.waiters, 0);
	task_yield();
	CHECK_INT(crowd.waiters, 0);
}

static struct task_info info_of(const char *name)
{
	struct task_info t;
	unsigned i = 0;
	while (task_get_info(i, &t) && strcmp(t.name, name))
		i++;
	return t;
}

/* Keeps the others waiting, in turns of its own and in calls of firmware. */
static void be_slow(void *arg)
{
	static const unsigned turns[][3] = {	/* ms by itself, and of two calls */
		{ 5, 0, 0 }, { 10, 70, 0 }, { 1, 30, 20 }, { 2, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		machine_pass(turns[i][0] * 1000);
		for (unsigned k = 1; k < 3; k++) {
			machine_pass(turns[i][k] * 1000);
			task_called_firmware(turns[i][k] * 1000);
		}
		task_yield();
	}
	task_sleep_ms(1000);
	machine_pass(3000);
	task_sleep_ms(1000);
	(void)arg;
}

/* The longest turn without its longest call: of two calls in one turn the other could have had another. */
static void time_turns(void *arg)
{
	struct task_info t;
	(void)arg;
	task_create("slow", be_slow, NULL, MACHINE_STACK);
	task_sleep_ms(500);
	t = info_of("slow");
	CHECK(t.turn_max_us >= 21000 && t.turn_max_us < 22000);
	CHECK_INT(t.call_max_us, 70000);
	task_forget_turns();
	CHECK_INT(info_of("slow").turn_max_us + info_of("slow").call_max_us, 0);
	task_sleep_ms(1000);
	t = info_of("slow");
	CHECK(t.turn_max_us >= 3000 && t.turn_max_us < 4000);
	CHECK_INT(t.call_max_us, 0);
}

static void let_caller_return(void *arg)
{
	end = RETURNS;
	let_caller_end(arg);
}

static void let_caller_fault(void *arg)
{
	end = FAULTS;
	let_caller_end(arg);
}

static void let_caller_be_crashed(void *arg)
{
	end = CRASHED;
	let_caller_end(arg);
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "call", in_a_world, ask_and_read },
		{ "text", in_a_world, ask_by_text },
		{ "deadline", in_a_world, give_up_at_deadline },
		{ "stop", in_a_world, stop_by_hand },
		{ "slices", in_a_world, wait_in_slices },
		{ "service dies", in_a_world, let_service_die },
		{ "one port for several", in_a_world, serve_together },
		{ "too many of one task", in_a_world, fill_port },
		{ "port full", in_a_world, fill_by_many },
		{ "caller returns", in_a_world, let_caller_return },
		{ "caller faults", in_a_world, let_caller_fault },
		{ "caller is crashed", in_a_world, let_caller_be_crashed },
		{ "waiters", in_a_world, count_waiters },
		{ "turns", in_a_world, time_turns },
		{ "chain", in_a_world, cancel_chain },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
