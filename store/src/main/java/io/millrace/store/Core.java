package io.millrace.store;

import io.millrace.extents.Extents;
import java.time.InstantSource;

/** What every operation of the store works with. */
record Core(
        Space space,
        Extents extents,
        Bodies bodies,
        Pins pins,
        Buckets buckets,
        ChangeLog changes,
        VersionIds ids,
        Stripes stripes,
        StoreOptions options,
        InstantSource clock) {
    long nowMillis() {
        return clock.instant().toEpochMilli();
    }
}
