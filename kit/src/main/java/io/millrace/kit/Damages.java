package io.millrace.kit;

import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The damaged places that this process has met, each one once: whoever reads a block that doesn't
 * check says so here, and metrics, readiness and console tell it. Bounded. Thread-safe.
 */
public final class Damages {
    private static final Logger LOG = LoggerFactory.getLogger(Damages.class);
    private static final int MOST = 10_000;

    private final boolean logged;
    private final Map<String, Damage> known = new LinkedHashMap<>();
    private final Map<Damage.Kind, Long> counts = new EnumMap<>(Damage.Kind.class);

    /** Of a server: the log has each new place. */
    public Damages() {
        this(true);
    }

    private Damages(boolean logged) {
        this.logged = logged;
    }

    /** Of a command whose report names every place: the log has none. */
    public static Damages reported() {
        return new Damages(false);
    }

    /** Notes a place; the log of a server has it if it is new. */
    public void found(Damage damage) {
        boolean fresh;
        synchronized (known) {
            fresh = known.size() < MOST && known.putIfAbsent(place(damage), damage) == null;
            if (fresh) {
                counts.merge(damage.kind(), 1L, Long::sum);
            }
        }
        if (fresh && logged) {
            LOG.error(
                    "DAMAGED: {} (millrace verify shows, millrace repair mends what can be)",
                    damage);
        }
    }

    public void found(Collection<Damage> damages) {
        damages.forEach(this::found);
    }

    /** A place is whole again, or nobody needs it any more; what was counted stays counted. */
    public void forget(Damage damage) {
        synchronized (known) {
            known.remove(place(damage));
        }
    }

    private static String place(Damage damage) {
        return damage.file() + "@" + damage.offset();
    }

    /** All of them, in the order in which they were met. */
    public List<Damage> list() {
        synchronized (known) {
            return List.copyOf(known.values());
        }
    }

    /** How many places of a kind were met. */
    public long count(Damage.Kind kind) {
        synchronized (known) {
            return counts.getOrDefault(kind, 0L);
        }
    }
}
