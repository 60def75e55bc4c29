package io.millrace.edge;

import io.millrace.edge.cache.Body;
import io.millrace.edge.cache.Chunk;
import io.millrace.edge.cache.Entry;
import io.millrace.edge.cache.Fill;
import io.millrace.edge.rules.Playlist;
import io.millrace.edge.rules.Proof;
import io.millrace.kit.http.Gzip;
import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Answers with a playlist whose URIs carry the viewer's own proof: waits until the whole playlist
 * is here, takes it apart once for all viewers, then signs.
 */
final class PlaylistAnswer implements Fill.Watcher {
    private static final int MOST_BYTES = 8 << 20;

    /** A live window is shorter, asked for each second or two, and goes as it is. */
    private static final int LEAST_PACKED = 8 << 10;

    /** The most lines: hours of segments, and no more than can be signed for each viewer. */
    private static final int MOST_LINES = 200_000;

    /** What is longer is taken apart and signed off the event loop. */
    private static final int MOST_ON_LOOP = 32 << 10;

    /** What is longer is not kept taken apart. */
    private static final int MOST_KEPT = 1 << 20;

    /** A playlist taken apart for viewers of one path. */
    private record Parsed(String path, Playlist playlist) {}

    private final Exchange exchange;
    private final Proof proof;
    private final Entry entry;
    private final @Nullable Fill fill;
    private final StoredAnswer answer;

    PlaylistAnswer(
            Exchange exchange, Proof proof, Entry entry, @Nullable Fill fill, StoredAnswer answer) {
        this.exchange = exchange;
        this.proof = proof;
        this.entry = entry;
        this.fill = fill;
        this.answer = answer;
    }

    void start() {
        String path = exchange.head().target().path();
        if (entry.derived() instanceof Parsed parsed && parsed.path.equals(path)) {
            sign(parsed.playlist);
            return;
        }
        Fill running = fill;
        if (running != null && running.watch(this, running.position())) {
            return;
        }
        if (running != null && running.state() == Fill.State.RUNNING) {
            fillMoved();
            return;
        }
        if (running != null && running.state() == Fill.State.FAILED) {
            exchange.fail(502, "origin-broken", "the origin's answer broke off; try again");
            return;
        }
        byte[] here = fromMemory();
        if (here != null) {
            answer(here, path);
            return;
        }
        Thread.ofVirtual().name("edge-playlist").start(this::collect);
    }

    @Override
    public void fillMoved() {
        exchange.loop().executor().execute(this::start);
    }

    private void answer(byte[] stored, String path) {
        boolean packed = "gzip".equals(entry.headers().get("content-encoding"));
        if (!packed && stored.length <= MOST_ON_LOOP) {
            parse(stored, path);
        } else {
            off(() -> unpack(stored, packed, path));
        }
    }

    private void off(Runnable work) {
        Thread.ofVirtual().name("edge-playlist").start(work);
    }

    private void unpack(byte[] stored, boolean packed, String path) {
        try {
            parse(packed ? Gzip.unpack(stored, MOST_BYTES) : stored, path);
        } catch (IOException e) {
            refuse("the origin's playlist can't be unpacked");
        }
    }

    private void refuse(String why) {
        exchange.loop().run(() -> exchange.fail(502, "origin-broken", why));
    }

    private void parse(byte[] bytes, String path) {
        int lines = 0;
        for (byte b : bytes) {
            lines += b == '\n' ? 1 : 0;
        }
        if (lines > MOST_LINES) {
            refuse("the origin's playlist has more than " + MOST_LINES + " lines");
            return;
        }
        Playlist playlist = Playlist.parse(new String(bytes, StandardCharsets.UTF_8), path);
        if (bytes.length <= MOST_KEPT) {
            entry.derived(new Parsed(path, playlist));
        }
        sign(playlist);
    }

    /** Signs for this viewer, and packs a long one for whoever takes that. */
    private void sign(Playlist playlist) {
        if (playlist.length() > MOST_ON_LOOP) {
            off(() -> send(playlist));
        } else {
            send(playlist);
        }
    }

    private void send(Playlist playlist) {
        byte[] bytes = playlist.provenBy(proof).getBytes(StandardCharsets.UTF_8);
        String accepted = exchange.headers().joined("accept-encoding");
        if (bytes.length < LEAST_PACKED || !Gzip.accepted(accepted)) {
            exchange.loop().run(() -> answer.text(bytes, false));
            return;
        }
        off(
                () -> {
                    byte[] packed = Gzip.pack(bytes);
                    exchange.loop().run(() -> answer.text(packed, true));
                });
    }

    private byte @Nullable [] fromMemory() {
        ByteBuf memory = entry.body().memory();
        if (memory == null) {
            return null;
        }
        try {
            memory.retain();
        } catch (IllegalReferenceCountException e) {
            return null;
        }
        try {
            byte[] bytes = new byte[memory.readableBytes()];
            memory.getBytes(memory.readerIndex(), bytes);
            return bytes;
        } finally {
            memory.release();
        }
    }

    /** Reads a long playlist from its chunks; blocking, off the event loop. */
    private void collect() {
        Body body = entry.body();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        boolean whole = body.length() >= 0 && body.length() <= MOST_BYTES;
        for (int i = 0; whole && out.size() < body.length(); i++) {
            byte[] part =
                    switch (body.chunk(i)) {
                        case Chunk.Filling filling ->
                                java.util.Arrays.copyOf(filling.data(), filling.available());
                        case Chunk.OnDisk disk -> io.millrace.edge.cache.Cache.read(disk);
                        case null -> null;
                    };
            whole = part != null && part.length > 0;
            if (part != null) {
                out.write(part, 0, part.length);
            }
        }
        boolean complete = whole && out.size() == body.length();
        exchange.loop()
                .executor()
                .execute(
                        () -> {
                            if (complete) {
                                answer(out.toByteArray(), exchange.head().target().path());
                            } else {
                                exchange.core().fetches().again(exchange, entry);
                            }
                        });
    }
}
