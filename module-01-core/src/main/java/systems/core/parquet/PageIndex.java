package systems.core.parquet;

import java.util.List;

/**
 * Of the data pages of a chunk, where they lie and what values they have, kept apart from them near
 * the footer.
 */
final class PageIndex {
  private PageIndex() {}

  /**
   * A page.
   *
   * @param offset of its header in the file
   * @param length of header and page
   * @param firstRow of it, counted within the row group
   */
  record Place(long offset, int length, long firstRow) {
    static Place read(ThriftReader in) throws ParquetException {
      long offset = -1;
      int length = -1;
      long firstRow = -1;
      in.begin();
      for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
        switch (id) {
          case 1 -> offset = in.i64();
          case 2 -> length = in.i32();
          case 3 -> firstRow = in.i64();
          default -> in.skip();
        }
      }
      if (offset < 0 || length < 0 || firstRow < 0) {
        throw in.wrong("the place of a page", offset + ", " + length + " bytes, row " + firstRow);
      }
      return new Place(offset, length, firstRow);
    }

    void write(ThriftWriter out) {
      out.begin();
      out.i64(1, offset);
      out.i32(2, length);
      out.i64(3, firstRow);
      out.end();
    }
  }

  /** {@code OffsetIndex}: the pages in the order of the file. */
  record Offsets(List<Place> places) {
    static Offsets read(ThriftReader in) throws ParquetException {
      List<Place> places = List.of();
      in.begin();
      for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
        switch (id) {
          case 1 -> places = in.list(Place::read);
          default -> in.skip();
        }
      }
      for (int i = 0; i < places.size(); i++) {
        long before = i == 0 ? -1 : places.get(i - 1).firstRow;
        if (places.get(i).firstRow <= before || i == 0 && places.get(i).firstRow != 0) {
          throw in.wrong("pages with ascending rows, from 0", "row " + places.get(i).firstRow);
        }
      }
      return new Offsets(places);
    }

    void write(ThriftWriter out) {
      out.begin();
      out.structs(1, places, Place::write);
      out.end();
    }

    /** The row behind the last one of a page of a group of so many rows. */
    long endRow(int page, long rows) {
      return page + 1 < places.size() ? places.get(page + 1).firstRow : rows;
    }

    /** The page that has a row. */
    int pageOf(long row) {
      int low = 0;
      int high = places.size() - 1;
      while (low < high) {
        int middle = low + high + 1 >>> 1;
        if (places.get(middle).firstRow <= row) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      return low;
    }
  }

  /**
   * {@code ColumnIndex}: what values each page has.
   *
   * @param nullPages which pages have absent values only; their bounds mean nothing
   * @param mins nothing in the page is less
   * @param maxs nothing in the page is greater
   * @param order 0 none, 1 ascending, 2 descending
   * @param nulls absent values of each page; empty if unknown
   * @param nans of each page; empty if unknown
   */
  record Bounds(
      boolean[] nullPages,
      List<byte[]> mins,
      List<byte[]> maxs,
      int order,
      long[] nulls,
      long[] nans) {
    static Bounds read(ThriftReader in) throws ParquetException {
      boolean[] nullPages = {};
      List<byte[]> mins = List.of();
      List<byte[]> maxs = List.of();
      int order = 0;
      long[] nulls = {};
      long[] nans = {};
      in.begin();
      for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
        switch (id) {
          case 1 -> nullPages = in.bools();
          case 2 -> mins = in.list(ThriftReader::binary);
          case 3 -> maxs = in.list(ThriftReader::binary);
          case 4 -> order = in.i32();
          case 5 -> nulls = in.longs();
          case 8 -> nans = in.longs();
          default -> in.skip();
        }
      }
      if (mins.size() != nullPages.length || maxs.size() != nullPages.length) {
        throw in.wrong(
            "bounds of " + nullPages.length + " pages",
            mins.size() + " lower and " + maxs.size() + " upper ones");
      }
      return new Bounds(nullPages, mins, maxs, order, nulls, nans);
    }

    void write(ThriftWriter out) {
      out.begin();
      out.bools(1, nullPages);
      out.binaries(2, mins);
      out.binaries(3, maxs);
      out.i32(4, order);
      out.longs(5, nulls);
      if (nans.length > 0) {
        out.longs(8, nans);
      }
      out.end();
    }

    int pages() {
      return nullPages.length;
    }
  }
}
