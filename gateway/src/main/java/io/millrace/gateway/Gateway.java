package io.millrace.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.Caller;
import io.millrace.gateway.answer.Answers;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.FormFailure;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.auth.Authenticator;
import io.millrace.gateway.op.Call;
import io.millrace.gateway.op.Operations;
import io.millrace.gateway.op.Services;
import io.millrace.gateway.parse.HeadersOnce;
import io.millrace.gateway.parse.Queries;
import io.millrace.gateway.parse.RequestParser;
import io.millrace.gateway.parse.Target;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpHandler;
import io.millrace.live.Live;
import io.millrace.media.Media;
import io.millrace.signing.Query;
import io.millrace.signing.SignedRequest;
import io.millrace.store.Store;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The object door: one request after another through the same steps. Side doors and playback first;
 * then dialect → target → typed request → signature → access → one switch → one operation, whose
 * answer and whose errors the dialect writes. Thread-safe.
 */
public final class Gateway implements HttpHandler {
    /** The logger that gets one line for each request; meant for an asynchronous appender. */
    public static final String ACCESS_LOG = "millrace.access";

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    private final GatewayOptions options;
    private final MonotonicClock monotonic;
    private final Services services;
    private final Authenticator authenticator;
    private final Cors cors;
    private final Playback playback;
    private final List<SideDoor> sideDoors;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final GatewayMetrics metrics;
    private final AccessLog accessLog;

    /**
     * Puts the door together; it serves once it is given to an {@link
     * io.millrace.kit.http.HttpDoor}.
     *
     * @param media null: requests for processing are answered 501
     * @param live null: playback is answered 501
     * @param sideDoors asked in this order before the object API
     */
    public Gateway(
            Store store,
            Access access,
            @Nullable Media media,
            @Nullable Live live,
            List<SideDoor> sideDoors,
            GatewayOptions options,
            MeterRegistry registry,
            Clocks clocks) {
        this.options = options;
        this.monotonic = clocks.monotonic();
        this.authenticator =
                new Authenticator(access, clocks, options.onlyRegion() ? options.region() : null);
        this.services =
                new Services(
                        store,
                        access,
                        media,
                        authenticator,
                        options.region(),
                        options.onlyRegion(),
                        options.maxDocumentBytes(),
                        clocks.wall(),
                        clocks.monotonic());
        this.cors = new Cors(store.buckets());
        this.playback = new Playback(access, live);
        this.sideDoors = List.copyOf(sideDoors);
        this.metrics = new GatewayMetrics(registry, inFlight);
        this.accessLog = new AccessLog(options.accessLog());
    }

    @Override
    public void handle(Exchange exchange) throws Exception {
        long started = monotonic.nanos();
        Trace trace = new Trace();
        inFlight.incrementAndGet();
        try {
            route(exchange, trace);
        } finally {
            inFlight.decrementAndGet();
            record(exchange, trace, monotonic.nanos() - started);
        }
    }

    private void record(Exchange exchange, Trace trace, long nanos) {
        int status = exchange.answered() ? exchange.status() : 500;
        metrics.record(
                trace.operation,
                trace.dialect,
                status,
                nanos,
                Math.max(0, exchange.contentLength()),
                exchange.bytesSent());
        accessLog.write(exchange, trace, status, nanos);
    }

    @Override
    public void busy(Exchange exchange) {
        Answers answers = Answers.of(Dialect.of(exchange));
        answers.begin(exchange);
        String host = exchange.header("Host");
        answers.error(exchange, slowDown(), exchange.rawPath(), host == null ? "millrace" : host);
    }

    private static GatewayException slowDown() {
        return new GatewayException(ErrorCode.SLOW_DOWN).withHeader("Retry-After", "1");
    }

    private void route(Exchange exchange, Trace trace) throws Exception {
        for (SideDoor door : sideDoors) {
            if (door.takes(exchange)) {
                trace.operation = door.getClass().getSimpleName();
                door.handle(exchange);
                return;
            }
        }
        Dialect dialect = Dialect.of(exchange);
        Answers answers = Answers.of(dialect);
        trace.dialect = dialect.name();
        answers.begin(exchange);
        // A stored picture that is a page in truth is no page of this host.
        exchange.setHeader("X-Content-Type-Options", "nosniff");
        try {
            objects(exchange, dialect, trace);
        } catch (FormFailure e) {
            fail(exchange, Answers.of(e.dialect()), e.failure());
        } catch (Exception e) {
            fail(exchange, answers, e);
        }
    }

    private void objects(Exchange exchange, Dialect dialect, Trace trace) throws IOException {
        HeadersOnce.check(exchange);
        if (Playback.takes(exchange.rawPath())) {
            trace.operation = "Play";
            SignedRequest signed = signed(exchange, Queries.parse(exchange.rawQuery()), null);
            Authenticator.Proof proof = prove(exchange, signed, dialect, trace);
            playback.answer(exchange, proof.caller());
            return;
        }
        Target target =
                Target.of(
                        exchange.header("Host"),
                        exchange.rawPath(),
                        options.baseDomains(),
                        dialect);
        cors.apply(exchange, target.bucket());
        if (exchange.method().equals("OPTIONS")) {
            trace.operation = "Preflight";
            cors.preflight(exchange, target.bucket());
            return;
        }
        Query query = Queries.parse(exchange.rawQuery());
        ObjectRequest request = parse(exchange, dialect, target, query);
        trace.operation = request.operation();
        SignedRequest signed = signed(exchange, query, target.hostBucket());
        Authenticator.Proof proof = prove(exchange, signed, dialect, trace);
        Operations.run(new Call(services, exchange, dialect, signed, proof), request);
    }

    /** What isn't offered is nothing to talk of in a bucket that isn't there. */
    private ObjectRequest parse(Exchange exchange, Dialect dialect, Target target, Query query) {
        try {
            return RequestParser.parse(exchange, dialect, target, query);
        } catch (GatewayException e) {
            boolean inBucket =
                    e.code() == ErrorCode.NOT_IMPLEMENTED
                            && !RequestParser.makesBucket(exchange.method(), target, query);
            if (inBucket && services.store().buckets().get(target.bucket()).isEmpty()) {
                throw new GatewayException(ErrorCode.NO_SUCH_BUCKET)
                        .with("BucketName", target.bucket());
            }
            throw e;
        }
    }

    private Authenticator.Proof prove(
            Exchange exchange, SignedRequest signed, Dialect dialect, Trace trace) {
        Authenticator.Proof proof = authenticator.prove(signed, dialect);
        trace.caller = proof.caller().name();
        if (!(proof.caller() instanceof Caller.Anonymous)) {
            if (!exchange.proven()) {
                throw slowDown();
            }
        }
        return proof;
    }

    private static SignedRequest signed(
            Exchange exchange, Query query, @Nullable String hostBucket) {
        return new SignedRequest(
                exchange.method(), exchange.rawPath(), query, exchange.headers(), hostBucket);
    }

    /** Writes the error, or resets the connection when half an answer is out already. */
    private void fail(Exchange exchange, Answers answers, Exception failure) throws Exception {
        if (exchange.answered()) {
            if (!(failure instanceof IOException)) {
                LOG.error(
                        "Request {} failed while it was being answered",
                        exchange.requestId(),
                        failure);
            }
            exchange.abort();
            return;
        }
        GatewayException refusal = Failures.refusal(failure);
        if (refusal == null) {
            // The client has gone: nobody is left to answer, and nothing was stored.
            exchange.abort();
            return;
        }
        if (refusal.code().status(Dialect.S3) >= 500) {
            // Whatever the request had already said of the object: a failure is nobody's to keep.
            refusal.withHeader("Cache-Control", "no-store");
        }
        if (refusal.code() == ErrorCode.SERVICE_UNAVAILABLE) {
            LOG.warn("Request {} waits for the key space: {}", exchange.requestId(), failure);
        }
        if (refusal.code() == ErrorCode.INTERNAL) {
            LOG.error("Request {} failed", exchange.requestId(), failure);
        }
        String host = exchange.header("Host");
        answers.error(exchange, refusal, exchange.rawPath(), host == null ? "millrace" : host);
    }

    /** What is known about a request for its line in the log; filled in on its way. */
    static final class Trace {
        String operation = "Unknown";
        String dialect = "-";
        String caller = "-";
    }
}
