package io.millrace.edge.cache;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts together what the segments' logs of an earlier run say, in the order they were written. */
final class Restore {
    private final Cache cache;
    private final Map<Long, Body> bodies = new HashMap<>();
    private final Map<String, List<Entry>> latest = new HashMap<>();
    private long mostBody;

    Restore(Cache cache) {
        this.cache = cache;
    }

    /** Takes one segment's records. */
    void take(Segment segment, List<Records.Logged> records) {
        for (Records.Logged record : records) {
            switch (record) {
                case Records.Logged.ChunkAt at -> chunk(segment, at);
                case Records.Logged.EntryOf of -> entry(segment, of);
                case Records.Logged.Gone gone -> latest.remove(gone.key());
            }
        }
    }

    private Body body(long number) {
        mostBody = Math.max(mostBody, number);
        return bodies.computeIfAbsent(number, id -> new Body(id, cache, -1, false));
    }

    private void chunk(Segment segment, Records.Logged.ChunkAt at) {
        Chunk.OnDisk chunk =
                new Chunk.OnDisk(segment, at.offset(), at.length(), at.crc(), Long.MIN_VALUE);
        Body body = body(at.body());
        segment.residents.add(new Segment.Resident(body, at.index(), chunk));
        body.restore(at.index(), chunk);
    }

    private void entry(Segment segment, Records.Logged.EntryOf of) {
        Body body = body(of.body());
        body.lengthKnown(of.length());
        Entry entry =
                new Entry(
                        of.key(),
                        of.vary(),
                        of.selecting(),
                        of.headers(),
                        of.freshness(),
                        body,
                        of.purgeSequence());
        entry.logged = segment;
        segment.entries.add(entry);
        List<Entry> list = latest.computeIfAbsent(of.key(), k -> new ArrayList<>());
        list.removeIf(entry::replaces);
        list.add(entry);
    }

    /** The highest number of a body. */
    long mostBody() {
        return mostBody;
    }

    /** What was not replaced, by key, the oldest first. */
    List<Entry> entries() {
        return latest.values().stream().flatMap(List::stream).toList();
    }
}
