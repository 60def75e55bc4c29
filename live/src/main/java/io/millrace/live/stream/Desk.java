package io.millrace.live.stream;

import io.millrace.kit.Clocks;
import io.millrace.live.record.Catalogue;
import io.millrace.live.record.RecentMedia;
import io.millrace.live.record.Uploader;
import java.time.Duration;

/** What every stream shares. */
public record Desk(
        Catalogue catalogue,
        Uploader uploader,
        RecentMedia recent,
        Clocks clocks,
        Duration reconnectGrace) {}
