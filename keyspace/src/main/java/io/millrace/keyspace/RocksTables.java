package io.millrace.keyspace;

import io.millrace.keyspace.files.FileRepair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;

/** Checks sorted tables one by one with the engine's own reader. */
final class RocksTables implements FileRepair.TableCheck {
    private static final Pattern BLOCK = Pattern.compile("offset (\\d+) size (\\d+)");

    private final Path directory;
    private final Path scratch;
    private @Nullable Set<String> live;

    RocksTables(Path directory, Path scratch) {
        this.directory = directory;
        this.scratch = scratch;
    }

    @Override
    public boolean inUse(Path file) {
        Set<String> names = live;
        if (names == null) {
            names = live();
            live = names;
        }
        return names.isEmpty() || names.contains(String.valueOf(file.getFileName()));
    }

    @Override
    public boolean watermarkIsLost() {
        return WatermarkRow.isLost(directory, scratch);
    }

    /** The files that the manifest names; empty when it does not open. */
    private Set<String> live() {
        Set<String> names = new HashSet<>();
        try (RocksDatabase database = RocksDatabase.openReadOnly(directory, scratch)) {
            for (String file : database.db().getLiveFiles(false).files) {
                names.add(file.replaceFirst("^/", ""));
            }
        } catch (RocksDBException | IOException | KeySpaceException e) {
            return Set.of();
        }
        return names;
    }

    @Override
    public FileRepair.@Nullable TableDamage first(Path table) {
        try (Options options = new Options();
                SstFileReader reader = new SstFileReader(options)) {
            reader.open(table.toString());
            reader.verifyChecksum();
            return null;
        } catch (RocksDBException e) {
            String text = String.valueOf(e.getMessage());
            Matcher block = BLOCK.matcher(text);
            return block.find()
                    ? new FileRepair.TableDamage(
                            Long.parseLong(block.group(1)), Integer.parseInt(block.group(2)), text)
                    : new FileRepair.TableDamage(0, -1, text);
        }
    }

    @Override
    public List<byte[]> between(Path table, byte @Nullable [] after, byte @Nullable [] before) {
        List<byte[]> keys = new ArrayList<>();
        try (Options options = new Options();
                SstFileReader reader = new SstFileReader(options);
                ReadOptions read = new ReadOptions()) {
            reader.open(table.toString());
            try (SstFileReaderIterator rows = reader.newIterator(read)) {
                if (after == null) {
                    rows.seekToFirst();
                } else {
                    rows.seek(after);
                }
                while (rows.isValid()
                        && (before == null || Arrays.compareUnsigned(rows.key(), before) < 0)) {
                    if (after == null || !Arrays.equals(rows.key(), after)) {
                        keys.add(rows.key());
                    }
                    rows.next();
                }
            }
        } catch (RocksDBException e) {
            return keys;
        }
        return keys;
    }

    @Override
    public byte @Nullable [][] around(Path table) {
        byte @Nullable [][] around = new byte @Nullable [2][];
        try (Options options = new Options();
                SstFileReader reader = new SstFileReader(options);
                ReadOptions read = new ReadOptions()) {
            reader.open(table.toString());
            try (SstFileReaderIterator rows = reader.newIterator(read)) {
                for (rows.seekToFirst(); rows.isValid(); rows.next()) {
                    around[0] = rows.key();
                }
                for (rows.seekToLast(); rows.isValid(); rows.prev()) {
                    around[1] = rows.key();
                }
            }
        } catch (RocksDBException e) {
            return around;
        }
        return around;
    }
}
