package io.millrace.store.objects;

import io.millrace.extents.Extents;
import io.millrace.store.buckets.Buckets;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.Pins;
import io.millrace.store.log.ChangeLog;
import io.millrace.store.space.Space;
import io.millrace.store.space.Stripes;
import io.millrace.store.space.VersionIds;
import java.time.InstantSource;

/** What every operation of the store works with. */
public record Core(
        Space space,
        Extents extents,
        Bodies bodies,
        Pins pins,
        Buckets buckets,
        ChangeLog changes,
        VersionIds ids,
        Stripes stripes,
        InstantSource clock) {
    public long nowMillis() {
        return clock.instant().toEpochMilli();
    }
}
