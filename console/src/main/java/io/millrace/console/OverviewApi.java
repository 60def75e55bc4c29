package io.millrace.console;

import io.millrace.kit.http.Exchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;

/** The overview's numbers: once, as a history, and as a stream of server-sent events. */
final class OverviewApi {
    private static final int SESSION_CHECK_SECONDS = 15;

    private final Gate gate;
    private final Overview overview;
    private final Console.Traffic traffic;
    private final InstantSource clock;

    OverviewApi(Gate gate, Overview overview, Console.Traffic traffic, InstantSource clock) {
        this.gate = gate;
        this.overview = overview;
        this.traffic = traffic;
        this.clock = clock;
    }

    void register(Router router) {
        router.get("/api/overview", this::now)
                .get("/api/overview/history", this::history)
                .get("/api/events", this::events)
                .add("GET", "/api/time", Router.Who.ANYONE, this::time);
    }

    private void now(Call call) {
        gate.require(call, "admin:Status", "*");
        call.json(overview.now());
    }

    private void history(Call call) {
        gate.require(call, "admin:Status", "*");
        call.json(overview.history());
    }

    private void time(Call call) {
        call.json(Map.of("epochMillis", clock.millis()));
    }

    /** One event a second until the page goes away, the session ends, or the server stops. */
    private void events(Call call) throws IOException, InterruptedException {
        gate.require(call, "admin:Status", "*");
        if (!traffic.begin()) {
            throw new ApiError(
                    503, "Busy", "Too many pages are watching.", "It is tried again by itself.");
        }
        Exchange exchange = call.exchange();
        try {
            exchange.setHeader("Content-Type", "text/event-stream")
                    .setHeader("Cache-Control", "no-store")
                    .setHeader("X-Accel-Buffering", "no");
            try (OutputStream out = exchange.stream(-1)) {
                for (int i = 0; !traffic.closing(); i++) {
                    if (i % SESSION_CHECK_SECONDS == SESSION_CHECK_SECONDS - 1
                            && call.session() != null
                            && gate.session(exchange) == null) {
                        break;
                    }
                    String event = new String(Json.write(overview.now()), StandardCharsets.UTF_8);
                    out.write(
                            ("event: overview\ndata: " + event + "\n\n")
                                    .getBytes(StandardCharsets.UTF_8));
                    out.flush();
                    Thread.sleep(1000);
                }
            }
        } finally {
            traffic.end();
        }
    }
}
