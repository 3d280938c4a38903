# golden.py: wrote the files beside it, with NumPy 1.24.2 and h5py 3.7.0, and
# checks that NumPy reads the ones that weyl wrote (ours.*).
import gzip, sys
import numpy as np

x = np.arange(24).reshape(2, 3, 4)
arrays = dict(f4=x.astype("<f4"), f8=x.astype(">f8"), f2=x.astype("<f2"),
              i2=np.asfortranarray(x.astype(">i2")), u1=x.astype("u1"),
              b1=x > 11, c16=(x + 1j).astype("<c16"), zero=np.float32(7))


def write(folder):
    import h5py
    np.savez(folder + "/stored.npz", **arrays)
    np.savez_compressed(folder + "/deflated.npz", **arrays)
    np.save(folder + "/fortran.npy", np.asfortranarray(x.astype("<f4")))
    with gzip.GzipFile(folder + "/x.idx.gz", "wb", mtime=0) as f:
        f.write(b"\0\0\x0b\3" + np.array(x.shape, ">i4").tobytes())
        f.write(x.astype(">i2").tobytes())
    with h5py.File(folder + "/x.h5", "w") as f:
        f["x"] = x.astype("f4")
        f["group/deep"] = x.astype(">i2")
        f["group/truth"] = x > 11
        f["text"] = "no numbers"
        f["half"] = x.astype("f2")
        f["scalar"] = 2.5
        f["large"] = np.array([1, 2**64 - 1], "u8")
        f["alias"] = h5py.SoftLink("/group")
        f.create_dataset("chunks", data=x, chunks=(1, 2, 2),
                         compression="gzip", shuffle=True)
        f.create_dataset("huge", (1 << 40,), "f8", chunks=(1024,))


def check(folder):
    for name in "ours.npz", "ours-deflated.npz", "ours-wide.npz":
        z = np.load(folder + "/" + name)
        assert sorted(z) == ["b", "c", "i", "s", "x"]
        assert z["x"].tolist() == x.tolist() and z["x"].dtype == "f4"
        assert z["i"].tolist() == [-1, 2**53 + 1] and z["i"].dtype == "i8"
        assert z["c"].tolist() == [1 + 2j] and z["s"] == 0.1
        assert z["b"].tolist() == [True, False]
    assert np.load(folder + "/ours.npy").tolist() == x.tolist()


if sys.argv[1] == "write":
    write(sys.argv[2])
else:
    check(sys.argv[2])
