package io.millrace.kit.door;

import io.millrace.kit.ClientNetwork;
import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What each address has at a door now. An address stands here as long as it has a connection, so
 * there are never more of them than connections. Thread-safe.
 */
final class Addresses {
    private final ConcurrentHashMap<InetAddress, Usage> known = new ConcurrentHashMap<>();

    /** Counters of one address. */
    static final class Usage {
        private final InetAddress address;
        private int connections;
        final AtomicLong bytes = new AtomicLong();
        final AtomicInteger unproven = new AtomicInteger();

        private Usage(InetAddress address) {
            this.address = address;
        }
    }

    /** Counts a connection; null when the address has that many already. */
    @Nullable Usage enter(InetAddress address, int most) {
        InetAddress network = ClientNetwork.of(address);
        boolean[] entered = {false};
        Usage usage =
                known.compute(
                        network,
                        (key, before) -> {
                            Usage here = before == null ? new Usage(key) : before;
                            if (here.connections < most) {
                                here.connections++;
                                entered[0] = true;
                            }
                            return here;
                        });
        return entered[0] ? usage : null;
    }

    /** That of an address; null when it has no connection. */
    @Nullable Usage of(InetAddress address) {
        return known.get(ClientNetwork.of(address));
    }

    void leave(Usage usage) {
        known.computeIfPresent(usage.address, (key, here) -> --here.connections == 0 ? null : here);
    }

    /** How many addresses have a connection. */
    int count() {
        return known.size();
    }
}
