// SPDX-License-Identifier: GPL-2.0-only
/* Server, disks, guests, and the engine that asks the throttle. */
#include <math.h>
#include <stdlib.h>

#include "model.h"

u64 random_exponential(struct fvd_jitter *jitter, u64 mean)
{
	double unit = ((fvd_jitter_next(jitter) >> 11) + 1) / 9007199254740993.0;

	return mean ? -log(unit) * mean : 0;
}

/* When the last part of a request is let through; what is too small is lost. */
static void take_portions(struct device *device, u32 nr_bytes)
{
	u64 now_ns = event_now_ns(), period = device->portion_ns, begin_ns;
	u64 part;

	for (; nr_bytes; nr_bytes -= part) {
		part = min_t(u64, nr_bytes, PORTION_PART_BYTES);
		begin_ns = max(now_ns, device->free_ns) / period * period;
		if (begin_ns > device->free_ns / period * period)
			device->portion_left = device->bytes_per_s * period / SECOND;
		device->free_ns = max(now_ns, device->free_ns);
		if (device->portion_left < part) {
			device->free_ns = begin_ns + period;
			device->portion_left = device->bytes_per_s * period / SECOND;
		}
		device->portion_left -= part;
	}
}

u64 device_request(struct device *device, u32 nr_bytes)
{
	u64 start_ns = max(event_now_ns(), device->free_ns);

	if (device->portion_ns)
		take_portions(device, nr_bytes);
	else
		device->free_ns = start_ns + device->overhead_ns +
			nr_bytes * SECOND / device->bytes_per_s;
	device->nr_bytes += nr_bytes;
	return device->free_ns + device->distance_ns +
		random_exponential(&device->jitter, device->spread_ns);
}

void values_add(struct values *values, u64 value)
{
	if (values->nr == values->max) {
		values->max = values->max ? 2 * values->max : 1024;
		values->value = realloc(values->value,
					values->max * sizeof(*values->value));
		assert(values->value);
	}
	values->value[values->nr++] = value;
}

static int compare_values(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

u64 values_percentile(struct values *values, double percent)
{
	size_t rank = ceil(values->nr * percent / 100);

	if (!values->nr)
		return 0;
	qsort(values->value, values->nr, sizeof(*values->value), compare_values);
	return values->value[rank ? rank - 1 : 0];
}

void values_free(struct values *values)
{
	free(values->value);
	memset(values, 0, sizeof(*values));
}

void trace_add(struct trace *trace, u64 at_ns, enum fvd_guest_class class,
	       u32 nr_bytes)
{
	if (trace->nr == trace->max) {
		trace->max = trace->max ? 2 * trace->max : 1024;
		trace->io = realloc(trace->io, trace->max * sizeof(*trace->io));
		assert(trace->io);
	}
	trace->io[trace->nr++] = (struct guest_io){ at_ns, class, nr_bytes };
}

static int compare_io(const void *a, const void *b)
{
	const struct guest_io *x = a, *y = b;

	return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

void trace_sort(struct trace *trace)
{
	qsort(trace->io, trace->nr, sizeof(*trace->io), compare_io);
}

void trace_free(struct trace *trace)
{
	free(trace->io);
	memset(trace, 0, sizeof(*trace));
}

/* The engine: a request is granted, read, written, ended. */
struct request {
	struct client *client;
	u32 nr_bytes;
	u64 start_ns;
};

static void ask(struct client *client);

static void write_ended(void *context, u64 argument)
{
	struct request *request = context;
	struct client *client = request->client;
	u64 now_ns = event_now_ns();

	fvd_throttle_write_ended(&client->throttle, request->nr_bytes,
				 now_ns - request->start_ns, now_ns);
	fvd_throttle_end(&client->throttle, request->nr_bytes, now_ns);
	client->nr_fetched += request->nr_bytes;
	if (!client->bytes_left && !client->throttle.nr_in_flight)
		client->done_ns = now_ns;
	free(request);
	ask(client);
}

static void read_ended(void *context, u64 argument)
{
	struct request *request = context;
	struct client *client = request->client;
	u64 now_ns = event_now_ns();

	fvd_throttle_read_ended(&client->throttle, request->nr_bytes,
				now_ns - request->start_ns, now_ns);
	request->start_ns = now_ns;
	fvd_throttle_write_begins(&client->throttle, now_ns);
	event_add(device_request(&client->disk, request->nr_bytes), write_ended,
		  request, 0);
}

static void timer_fired(void *context, u64 argument)
{
	struct client *client = context;

	if (argument == client->timer)
		ask(client);
}

static void ask(struct client *client)
{
	u64 now_ns = event_now_ns(), wait_ns;
	struct request *request;
	u32 nr_bytes;

	if (!client->started)
		return;
	client->timer++;
	while (client->bytes_left) {
		nr_bytes = min_t(u64, client->bytes_left, MIB);
		nr_bytes = fvd_throttle_ask(&client->throttle, nr_bytes, now_ns,
					    &wait_ns);
		if (!nr_bytes) {
			if (wait_ns != FVD_THROTTLE_WAIT_FOR_END)
				event_add(now_ns + wait_ns, timer_fired, client,
					  client->timer);
			return;
		}
		client->bytes_left -= nr_bytes;
		request = malloc(sizeof(*request));
		assert(request);
		*request = (struct request){ client, nr_bytes, now_ns };
		fvd_throttle_read_begins(&client->throttle, now_ns);
		event_add(device_request(client->base, nr_bytes), read_ended,
			  request, 0);
	}
}

static void prefetch_starts(void *context, u64 argument)
{
	struct client *client = context;

	client->started = true;
	ask(client);
}

void client_init(struct client *client, struct device *base, u64 seed)
{
	memset(client, 0, sizeof(*client));
	client->base = base;
	client->disk = (struct device){
		.bytes_per_s = 500 * MB,
		.overhead_ns = 50000,
		.distance_ns = 50000,
		.spread_ns = 20000,
		.jitter = { seed * 3 + 1 },
	};
	fvd_settings_init(&client->settings);
	fvd_throttle_init(&client->throttle, &client->settings, seed,
			  event_now_ns());
}

void client_start_prefetch(struct client *client, u64 nr_bytes)
{
	u32 delay_s = max_t(s32, client->settings.prefetch_start_delay_s, 0);

	client->bytes_left = nr_bytes;
	event_add(event_now_ns() +
		  fvd_throttle_start_delay_ns(&client->throttle, delay_s),
		  prefetch_starts, client, 0);
}

struct guest_request {
	struct client *client;
	enum fvd_guest_class class;
	u64 start_ns;
};

static void guest_io_ended(void *context, u64 argument)
{
	struct guest_request *request = context;
	struct client *client = request->client;
	u64 now_ns = event_now_ns(), latency_ns = now_ns - request->start_ns;

	values_add(&client->latency[request->class], latency_ns);
	fvd_throttle_guest(&client->throttle, request->class, latency_ns, now_ns);
	free(request);
}

static void guest_io_starts(void *context, u64 argument)
{
	struct client *client = context;
	const struct guest_io *io = &client->trace->io[client->next_io++];
	struct device *device = io->class == FVD_GUEST_BASE ? client->base :
		&client->disk;
	struct guest_request *request = malloc(sizeof(*request));

	assert(request);
	*request = (struct guest_request){ client, io->class, event_now_ns() };
	event_add(device_request(device, io->nr_bytes), guest_io_ended, request, 0);
	if (client->next_io < client->trace->nr)
		event_add(client->start_ns + io[1].at_ns, guest_io_starts,
			  client, 0);
}

void client_start_guest(struct client *client, const struct trace *trace)
{
	client->trace = trace;
	client->start_ns = event_now_ns();
	if (trace->nr)
		event_add(client->start_ns + trace->io[0].at_ns,
			  guest_io_starts, client, 0);
}

void client_free(struct client *client)
{
	unsigned int i;

	for (i = 0; i < FVD_GUEST_NR_CLASSES; i++)
		values_free(&client->latency[i]);
}
