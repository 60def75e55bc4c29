package io.millrace.live.stream;

import io.millrace.kit.Clocks;
import io.millrace.live.Troubles;
import io.millrace.live.record.Catalogue;
import io.millrace.live.record.RecentMedia;
import io.millrace.live.record.Uploader;
import io.millrace.work.outgoing.Announcements;
import java.time.Duration;

/**
 * What every stream shares.
 *
 * @param announcements told when sessions start and end
 * @param troubles told why publishers are dropped, and when a push delivers
 */
public record Desk(
        Catalogue catalogue,
        Uploader uploader,
        RecentMedia recent,
        Clocks clocks,
        Announcements announcements,
        Duration reconnectGrace,
        Troubles troubles) {}
