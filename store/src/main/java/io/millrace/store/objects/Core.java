package io.millrace.store.objects;

import io.millrace.extents.Extents;
import io.millrace.kit.Damages;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.buckets.Buckets;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.Pins;
import io.millrace.store.log.ChangeLog;
import io.millrace.store.space.Room;
import io.millrace.store.space.Space;
import io.millrace.store.space.Stripes;
import io.millrace.store.space.VersionIds;
import io.millrace.work.FencedKeySpace;
import java.time.InstantSource;

/**
 * What every operation of the store works with.
 *
 * @param damages hears of what lacks its rows
 * @param suspects what reads have found without its bytes
 */
public record Core(
        Space space,
        Extents extents,
        Bodies bodies,
        Pins pins,
        Buckets buckets,
        ChangeLog changes,
        VersionIds ids,
        Stripes stripes,
        Room room,
        InstantSource clock,
        MonotonicClock monotonic,
        Damages damages,
        Suspects suspects) {
    /**
     * The same for work that one node does at a time: what is committed through {@link #space} is
     * fenced by its lease.
     */
    public Core fencedBy(FencedKeySpace keySpace) {
        return new Core(
                space.fencedBy(keySpace),
                extents,
                bodies,
                pins,
                buckets,
                changes,
                ids,
                stripes,
                room,
                clock,
                monotonic,
                damages,
                suspects);
    }

    public long nowMillis() {
        return clock.instant().toEpochMilli();
    }
}
