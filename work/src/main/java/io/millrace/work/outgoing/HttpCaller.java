package io.millrace.work.outgoing;

import io.millrace.kit.Deadline;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SocketAddress;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One POST to a host of others, in HTTP/1.1 on a connection of its own. Thread-safe; blocks the
 * virtual thread that calls.
 *
 * <p>The name is resolved once, every address that it has is judged, and the connection goes to one
 * that was judged: there is no second look-up between the check and the connection which could
 * answer otherwise. Host header, TLS name and certificate check remain the name's. A redirect is a
 * new call, judged anew. All of it ends at one deadline, however slowly the other side drips.
 */
final class HttpCaller implements AutoCloseable {
    private static final int LOOKUPS = 32;
    private static final int MAX_HEAD = 16 * 1024;
    private static final int REDIRECTS = 3;
    private static final int ADDRESSES = 3;
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration LONGEST_RETRY_AFTER = Duration.ofDays(1);
    private static final Reply OUT_OF_TIME = new Reply.Failed("no answer in time", false);

    private final SenderOptions options;
    private final Semaphore lookups = new Semaphore(LOOKUPS);
    private final Lock lock = new ReentrantLock();
    private @Nullable Vertx vertx;
    private @Nullable HttpClient client;
    private boolean closed;

    /** The connection could not be made; nothing was sent. */
    private record Unconnected(Reply.Failed reply) implements Result {}

    private record Redirected(String location) implements Result {}

    private record Final(Reply reply) implements Result {
        /** Read to its end: the connection ends by itself. */
        boolean whole() {
            return reply instanceof Reply.Answered;
        }
    }

    private sealed interface Result {}

    HttpCaller(SenderOptions options) {
        this.options = options;
    }

    /** Made at the first call: many servers never call anybody. */
    private HttpClient client() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the sender is closed");
            }
            HttpClient known = client;
            if (known == null) {
                Vertx loop = Vertx.vertx(vertxOptions());
                known =
                        loop.httpClientBuilder()
                                .with(clientOptions(options))
                                .with(
                                        new PoolOptions()
                                                .setHttp1MaxSize(options.calls())
                                                .setMaxWaitQueueSize(0)
                                                .setCleanerPeriod(60_000))
                                .build();
                vertx = loop;
                client = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    private static VertxOptions vertxOptions() {
        return new VertxOptions()
                .setUseDaemonThread(true)
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setBlockedThreadCheckInterval(TimeUnit.HOURS.toMillis(1))
                .setFileSystemOptions(
                        new FileSystemOptions()
                                .setFileCachingEnabled(false)
                                .setClassPathResolvingEnabled(false));
    }

    private static HttpClientOptions clientOptions(SenderOptions options) {
        HttpClientOptions client =
                new HttpClientOptions()
                        .setProtocolVersion(HttpVersion.HTTP_1_1)
                        .setKeepAlive(false)
                        .setVerifyHost(true)
                        .setDecompressionSupported(false)
                        .setMaxHeaderSize(MAX_HEAD)
                        .setMaxInitialLineLength(MAX_HEAD)
                        .setSslHandshakeTimeout(CONNECT.toSeconds())
                        .setConnectTimeout((int) CONNECT.toMillis());
        if (options.trusted() != null) {
            client.setTrustOptions(new PemTrustOptions().addCertPath(options.trusted().toString()));
        }
        return client;
    }

    /** Sends the body and waits for the answer, or for the deadline. */
    Reply post(Target target, Map<String, String> headers, byte[] body, Deadline deadline)
            throws InterruptedException {
        Target at = target;
        for (int i = 0; i <= REDIRECTS; i++) {
            switch (once(at, headers, body, deadline)) {
                case Final(Reply reply) -> {
                    return reply;
                }
                case Unconnected(Reply.Failed reply) -> {
                    return reply;
                }
                case Redirected(String location) -> {
                    try {
                        at = at.redirected(location);
                    } catch (OutgoingException e) {
                        return new Reply.Failed(String.valueOf(e.getMessage()), true);
                    }
                }
            }
        }
        return new Reply.Failed("more than " + REDIRECTS + " redirects", true);
    }

    private Result once(Target at, Map<String, String> headers, byte[] body, Deadline deadline)
            throws InterruptedException {
        List<InetAddress> addresses;
        try {
            addresses = resolve(at.host(), deadline);
        } catch (UnknownHostException e) {
            return failed("the name of the host is not known");
        } catch (TimeoutException e) {
            return failed("the name of the host was not resolved in time");
        }
        for (InetAddress address : addresses) {
            String refusal = options.guard().refusal(at.host(), address).orElse(null);
            if (refusal != null) {
                return failed(refusal);
            }
        }
        Result last = failed("the host has no address");
        for (InetAddress address : addresses.subList(0, Math.min(ADDRESSES, addresses.size()))) {
            last = send(at, address, headers, body, deadline);
            if (!(last instanceof Unconnected) || deadline.hasPassed()) {
                break;
            }
        }
        return last;
    }

    private static Result failed(String reason) {
        return new Final(new Reply.Failed(reason, false));
    }

    /** A resolver takes as long as it likes: it is waited for until the deadline alone. */
    private List<InetAddress> resolve(String host, Deadline deadline)
            throws UnknownHostException, TimeoutException, InterruptedException {
        if (!lookups.tryAcquire(deadline.left().toNanos(), TimeUnit.NANOSECONDS)) {
            throw new TimeoutException();
        }
        CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
        Thread.ofVirtual()
                .name("outgoing-lookup")
                .start(
                        () -> {
                            try {
                                found.complete(options.resolver().addresses(host));
                            } catch (UnknownHostException | RuntimeException e) {
                                found.completeExceptionally(e);
                            } finally {
                                lookups.release();
                            }
                        });
        try {
            return found.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new UnknownHostException(host);
        }
    }

    private Result send(
            Target at,
            InetAddress address,
            Map<String, String> headers,
            byte[] body,
            Deadline deadline)
            throws InterruptedException {
        long left = Math.max(1, deadline.left().toMillis());
        RequestOptions request =
                new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setServer(
                                SocketAddress.inetSocketAddress(
                                        new InetSocketAddress(address, at.port())))
                        .setHost(at.host())
                        .setPort(at.port())
                        .setSsl(at.secure())
                        .setURI(at.pathAndQuery())
                        .setFollowRedirects(false)
                        .setConnectTimeout(Math.min(left, CONNECT.toMillis()));
        AtomicReference<@Nullable HttpClientRequest> sent = new AtomicReference<>();
        CompletableFuture<Result> result = new CompletableFuture<>();
        HttpClient calling;
        try {
            calling = client();
        } catch (RuntimeException e) {
            // The sender is closed, or the authorities that it shall trust can't be read.
            return failed("no call can be made (" + e.getClass().getSimpleName() + ")");
        }
        calling.request(request)
                .onFailure(e -> result.complete(new Unconnected(failure(e))))
                .onSuccess(
                        made -> {
                            sent.set(made);
                            if (result.isDone()) {
                                made.reset();
                                return;
                            }
                            made.putHeader("Host", at.authority());
                            headers.forEach(made::putHeader);
                            if (at.authorization() != null) {
                                made.putHeader("Authorization", at.authorization());
                            }
                            made.exceptionHandler(e -> result.complete(new Final(failure(e))));
                            made.response()
                                    .onFailure(e -> result.complete(new Final(failure(e))))
                                    .onSuccess(answer -> read(answer, result));
                            made.end(Buffer.buffer(body));
                        });
        Result came;
        try {
            came = result.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            came = failed("the call failed");
        } catch (TimeoutException e) {
            came = new Final(OUT_OF_TIME);
        } catch (InterruptedException e) {
            breakOff(result, sent);
            throw e;
        }
        if (!(came instanceof Final f && f.whole())) {
            breakOff(result, sent);
        }
        return came;
    }

    /** What comes later, a connection too, is of no use any more. */
    private static void breakOff(
            CompletableFuture<Result> result, AtomicReference<@Nullable HttpClientRequest> sent) {
        result.complete(new Final(OUT_OF_TIME));
        HttpClientRequest made = sent.get();
        if (made != null) {
            made.reset();
        }
    }

    private void read(HttpClientResponse answer, CompletableFuture<Result> result) {
        int status = answer.statusCode();
        String location = answer.getHeader("Location");
        if (status == 307 || status == 308) {
            result.complete(
                    location == null
                            ? new Final(new Reply.Failed("a redirect that leads nowhere", true))
                            : new Redirected(location));
            return;
        }
        if (status / 100 == 3) {
            result.complete(
                    new Final(
                            new Reply.Failed(
                                    "status " + status + ": only 307 and 308 send a POST on",
                                    true)));
            return;
        }
        Duration after = retryAfter(answer.getHeader("Retry-After"));
        Buffer body = Buffer.buffer();
        answer.exceptionHandler(e -> result.complete(new Final(failure(e))));
        answer.handler(
                part -> {
                    if (body.length() + part.length() > options.answerBytes()) {
                        result.complete(
                                new Final(
                                        new Reply.Failed(
                                                "an answer of more than "
                                                        + options.answerBytes()
                                                        + " bytes",
                                                false)));
                        answer.request().reset();
                    } else {
                        body.appendBuffer(part);
                    }
                });
        answer.endHandler(
                end ->
                        result.complete(
                                new Final(new Reply.Answered(status, body.getBytes(), after))));
    }

    /** Seconds alone; a date would need the other side's clock. */
    private static Duration retryAfter(@Nullable String header) {
        if (header == null || !header.matches("\\d{1,9}")) {
            return Duration.ZERO;
        }
        Duration asked = Duration.ofSeconds(Long.parseLong(header));
        return asked.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : asked;
    }

    /** In our own words: theirs may hold the address. */
    private static Reply.Failed failure(Throwable e) {
        String reason;
        if (e instanceof SSLException || e.getCause() instanceof SSLException) {
            reason = "no secure connection: the certificate is not trusted or not the host's";
        } else if (e instanceof ConnectException) {
            reason =
                    String.valueOf(e.getMessage()).contains("timed out")
                            ? "no connection in time"
                            : "the connection was refused";
        } else if (e instanceof TimeoutException) {
            reason = "no connection in time";
        } else {
            reason = "the connection broke off (" + e.getClass().getSimpleName() + ")";
        }
        return new Reply.Failed(reason, false);
    }

    /** Breaks off what is under way. */
    @Override
    public void close() {
        HttpClient calling;
        Vertx loop;
        lock.lock();
        try {
            closed = true;
            calling = client;
            loop = vertx;
        } finally {
            lock.unlock();
        }
        if (calling == null || loop == null) {
            return;
        }
        try {
            calling.close().toCompletionStage().toCompletableFuture().get(2, TimeUnit.SECONDS);
            loop.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // Its threads are daemons; the process ends without them.
        }
    }
}
