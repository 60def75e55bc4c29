package io.millrace.kit;

import java.util.Collection;
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

    private final Map<String, Damage> known = new LinkedHashMap<>();

    /** Notes a place; the log has it if it is new. */
    public void found(Damage damage) {
        boolean fresh;
        synchronized (known) {
            String place = damage.file() + "@" + damage.offset();
            fresh = known.size() < MOST && known.putIfAbsent(place, damage) == null;
        }
        if (fresh) {
            LOG.error("DAMAGED: {} (millrace verify shows, millrace repair mends)", damage);
        }
    }

    public void found(Collection<Damage> damages) {
        damages.forEach(this::found);
    }

    /** All of them, in the order in which they were met. */
    public List<Damage> list() {
        synchronized (known) {
            return List.copyOf(known.values());
        }
    }

    /** How many places of a kind are known. */
    public long count(Damage.Kind kind) {
        return list().stream().filter(d -> d.kind() == kind).count();
    }
}
