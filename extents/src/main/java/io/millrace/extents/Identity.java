package io.millrace.extents;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who a store is: read from its directories at the start, made when they are new. Refuses
 * directories of several stores, one that is missing and one that is there twice. Thread-safe.
 */
final class Identity {
    static final Pattern VOLUME_FILE = Pattern.compile("\\d{12}\\.volume");

    private final NavigableMap<Integer, Disk> disks;
    private volatile IdentityFiles.Member first;
    private IdentityFiles.Starts starts;
    private boolean joined;
    private volatile boolean used;
    private volatile long epoch;

    private Identity(NavigableMap<Integer, Disk> disks, IdentityFiles.Member first)
            throws IOException {
        this.disks = disks;
        this.first = first;
        this.starts = IdentityFiles.starts(home());
        this.epoch = starts.epoch() + 1;
    }

    /** Reads or makes the identity that some directories have in common. */
    static Identity of(List<Disk> disks) throws IOException {
        List<IdentityFiles.@Nullable Member> members = new ArrayList<>();
        for (Disk disk : disks) {
            members.add(IdentityFiles.member(disk));
        }
        IdentityFiles.Member common = common(disks, members);
        NavigableMap<Integer, Disk> numbered = numbered(disks, members);
        NavigableSet<Integer> missing = missing(common.count(), numbered);
        int count = common.count();
        for (int i = 0; i < disks.size(); i++) {
            if (members.get(i) == null) {
                Integer number = missing.pollFirst();
                if (number == null) {
                    number = count++;
                } else if (common.keySpace() != null && !has(disks.get(i), common.store())) {
                    throw identity(
                            "directory "
                                    + disks.get(i).name()
                                    + " is empty, but directory number "
                                    + number
                                    + " of store "
                                    + common.store()
                                    + " is missing: is its disk mounted?");
                }
                numbered.put(number, disks.get(i));
            }
        }
        if (!missing.isEmpty()) {
            throw identity(
                    "directory number "
                            + missing.first()
                            + " of the "
                            + common.count()
                            + " of store "
                            + common.store()
                            + " is missing: name it with the others, or mount its disk");
        }
        return new Identity(numbered, written(numbered, common, count));
    }

    /** What all directories agree on; a new identity if none has one. */
    private static IdentityFiles.Member common(
            List<Disk> disks, List<IdentityFiles.@Nullable Member> members) throws IOException {
        IdentityFiles.Member common = null;
        for (int i = 0; i < disks.size(); i++) {
            IdentityFiles.Member member = members.get(i);
            if (member == null) {
                continue;
            }
            if (common == null) {
                common = member;
            } else if (!common.store().equals(member.store())) {
                throw identity(
                        "directory "
                                + disks.get(i).name()
                                + " belongs to store "
                                + member.store()
                                + ", the directories before it to "
                                + common.store()
                                + ": a server has the directories of one store");
            }
            common = joined(common, member);
        }
        return common == null ? fresh(disks) : common;
    }

    private static IdentityFiles.Member joined(IdentityFiles.Member a, IdentityFiles.Member b) {
        UUID keySpace = a.keySpace() == null ? b.keySpace() : a.keySpace();
        if (b.keySpace() != null && !b.keySpace().equals(keySpace)) {
            throw identity("the directories of store " + a.store() + " belong to two key spaces");
        }
        boolean unnamed = a.unnamed() || b.unnamed();
        return new IdentityFiles.Member(
                a.store(), keySpace, unnamed, 0, Math.max(a.count(), b.count()));
    }

    /** For directories without an identity: that of the volumes in them, or a new one. */
    private static IdentityFiles.Member fresh(List<Disk> disks) throws IOException {
        StoreId store = null;
        boolean unnamed = false;
        for (Disk disk : disks) {
            for (StoreId found : stores(disk)) {
                unnamed |= found.unnamed();
                store = found.unnamed() ? store : found;
            }
        }
        return new IdentityFiles.Member(
                store == null ? StoreId.random() : store, null, unnamed, 0, 0);
    }

    /** The stores that the volumes in a directory name. */
    private static List<StoreId> stores(Disk disk) throws IOException {
        List<StoreId> stores = new ArrayList<>();
        for (String name : disk.list()) {
            if (VOLUME_FILE.matcher(name).matches()) {
                try (DiskFile file = disk.open(name, false)) {
                    VolumeFormat.Header header = Recovery.header(file, name, file.size());
                    if (header != null) {
                        stores.add(header.store());
                    }
                }
            }
        }
        return stores;
    }

    private static boolean has(Disk disk, StoreId store) throws IOException {
        return stores(disk).contains(store);
    }

    private static NavigableMap<Integer, Disk> numbered(
            List<Disk> disks, List<IdentityFiles.@Nullable Member> members) {
        NavigableMap<Integer, Disk> numbered = new TreeMap<>();
        for (int i = 0; i < disks.size(); i++) {
            IdentityFiles.Member member = members.get(i);
            if (member != null) {
                Disk other = numbered.putIfAbsent(member.number(), disks.get(i));
                if (other != null) {
                    throw identity(
                            "directories "
                                    + other.name()
                                    + " and "
                                    + disks.get(i).name()
                                    + " are both number "
                                    + member.number()
                                    + " of store "
                                    + member.store()
                                    + ": one is a copy, leave it out");
                }
            }
        }
        return numbered;
    }

    private static NavigableSet<Integer> missing(int count, NavigableMap<Integer, Disk> numbered) {
        NavigableSet<Integer> missing = new TreeSet<>();
        for (int number = 0; number < count; number++) {
            if (!numbered.containsKey(number)) {
                missing.add(number);
            }
        }
        return missing;
    }

    /** Writes what is new, the highest number first: the first directory stands for all. */
    private static IdentityFiles.Member written(
            NavigableMap<Integer, Disk> numbered, IdentityFiles.Member common, int count)
            throws IOException {
        for (Map.Entry<Integer, Disk> disk : numbered.descendingMap().entrySet()) {
            IdentityFiles.Member member = numbered(common, disk.getKey(), count);
            if (!member.equals(IdentityFiles.member(disk.getValue()))) {
                IdentityFiles.write(disk.getValue(), member);
            }
        }
        return numbered(common, 0, count);
    }

    private static IdentityFiles.Member numbered(
            IdentityFiles.Member common, int number, int count) {
        return new IdentityFiles.Member(
                common.store(), common.keySpace(), common.unnamed(), number, count);
    }

    /** The directory that counts the starts. */
    private Disk home() {
        return Objects.requireNonNull(disks.get(0));
    }

    StoreId store() {
        return first.store();
    }

    /** The epoch of what is written now; it stays from the first call on. */
    long epoch() {
        used = true;
        return epoch;
    }

    /** Whether a reference is to this store. */
    boolean has(ExtentRef ref) {
        return ref.store().unnamed() ? first.unnamed() : ref.store().equals(first.store());
    }

    /** Refuses a volume that another store wrote. */
    void refuseForeign(StoreId wrote, String file, Disk disk) {
        boolean ours = wrote.unnamed() ? first.unnamed() : wrote.equals(first.store());
        if (!ours) {
            throw identity(
                    "volume file "
                            + file
                            + " in "
                            + disk.name()
                            + " is of store "
                            + wrote
                            + ", the directory of store "
                            + first.store()
                            + ": put it back where it was");
        }
    }

    synchronized StoreIdentity now() throws IOException {
        return new StoreIdentity(
                first.store(),
                first.unnamed(),
                first.keySpace(),
                starts.epoch(),
                starts.accepted(),
                starts.offered(),
                joined,
                home().list().contains(StoreIdentity.ADOPT),
                home().place());
    }

    synchronized void join(UUID keySpace, long next, @Nullable UUID accepted, UUID start)
            throws IOException {
        if (used) {
            throw identity("the store has been written to since it was opened: join it first");
        }
        starts = new IdentityFiles.Starts(next, accepted, start);
        IdentityFiles.write(home(), starts);
        epoch = next;
        if (!keySpace.equals(first.keySpace())) {
            IdentityFiles.Member now =
                    new IdentityFiles.Member(
                            first.store(), keySpace, first.unnamed(), 0, disks.size());
            first = written(disks, now, disks.size());
        }
        home().delete(StoreIdentity.ADOPT);
        joined = true;
    }

    synchronized void confirm() throws IOException {
        starts = new IdentityFiles.Starts(starts.epoch(), starts.offered(), starts.offered());
        IdentityFiles.write(home(), starts);
    }

    private static ExtentsException identity(String message) {
        return new ExtentsException(ExtentsException.Code.IDENTITY, message);
    }
}
