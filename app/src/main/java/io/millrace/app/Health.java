package io.millrace.app;

import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.http.Exchange;
import io.millrace.store.Store;
import io.millrace.store.scrub.DamagedObject;
import io.millrace.work.Leases;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Answers {@code /healthz} and {@code /readyz}. Thread-safe. */
final class Health {
    private static final byte[] PROBE = {'A'};
    private static final String MEND =
            " (after a stop, millrace verify shows all damage and millrace repair mends what can be)";

    private final KeySpace keySpace;
    private final Leases leases;
    private final Damages damages;
    private final Store store;
    private final BooleanSupplier started;

    Health(
            KeySpace keySpace,
            Leases leases,
            Damages damages,
            Store store,
            BooleanSupplier started) {
        this.keySpace = keySpace;
        this.leases = leases;
        this.damages = damages;
        this.store = store;
        this.started = started;
    }

    /** 200 while the process can answer. */
    void alive(Exchange exchange) {
        text(exchange, 200, "ok\n");
    }

    /**
     * 200 when every door is open, key space and volumes can be written, and the disk has room;
     * else 503 and why. Damaged blocks, whose objects alone can't be read, and a reclaimer that
     * fails are named but no reason for 503.
     */
    void ready(Exchange exchange) {
        if (!started.getAsBoolean()) {
            text(exchange, 503, "starting or stopping\n");
            return;
        }
        try {
            keySpace.get(PROBE);
        } catch (RuntimeException e) {
            text(exchange, 503, "the key space does not answer: " + e.getMessage() + "\n");
            return;
        }
        Optional<KeySpaceException> failure = keySpace.failure();
        if (failure.isPresent()) {
            text(exchange, 503, "nothing is written: " + failure.get().getMessage() + MEND + "\n");
            return;
        }
        Optional<String> volumes = store.extentsFailure();
        if (volumes.isPresent()) {
            text(exchange, 503, "only small objects are stored: " + volumes.get() + "\n");
            return;
        }
        if (!leases.alive()) {
            text(
                    exchange,
                    503,
                    "this node could not renew its session (or another start took its name over):"
                            + " what it did under leases has stopped\n");
            return;
        }
        Optional<DiskSpace.State> full = store.room().full();
        if (full.isPresent()) {
            String why = full.get().refusal();
            text(exchange, 503, "reads and deletes work, writes don't: " + why + "\n");
            return;
        }
        text(exchange, 200, "ready\n" + damaged() + reclaimer());
    }

    /** What was found now or before the last start, objects by their names. */
    private String damaged() {
        StringBuilder text = new StringBuilder();
        List<DamagedObject> objects = store.scrub().found().objects();
        if (!objects.isEmpty()) {
            DamagedObject first = objects.getFirst();
            text.append("damaged objects: ")
                    .append(objects.size())
                    .append(", the first ")
                    .append(first.bucket())
                    .append('/')
                    .append(first.key())
                    .append(" in ")
                    .append(first.places().getFirst())
                    .append("; delete or upload again what the console lists\n");
        }
        Set<Damage> places = new LinkedHashSet<>(damages.list());
        places.addAll(store.scrub().found().files());
        for (DamagedObject object : objects) { // named already, with what to do
            object.places().forEach(places::remove);
        }
        if (!places.isEmpty()) {
            text.append("damaged places: ")
                    .append(places.size())
                    .append(", the first ")
                    .append(places.iterator().next())
                    .append(MEND)
                    .append('\n');
        }
        return text.toString();
    }

    private String reclaimer() {
        return store.trouble()
                .map(why -> "the reclaimer failed in its last pass, it gives no space back: " + why)
                .map(line -> line + "\n")
                .orElse("");
    }

    private static void text(Exchange exchange, int status, String text) {
        exchange.status(status)
                .setHeader("Content-Type", "text/plain; charset=utf-8")
                .setHeader("Cache-Control", "no-store")
                .send(text);
    }
}
