;; Folds a CRC-32C; checksum-fold.ts tells how, and holds this module as assembled.
;;
;; fold(from, folded, to, end): for each block of 16 bytes in from..end, its sum with seven blocks that lie
;; before the block at `folded` goes to the block at `to`.
(module
  (memory (export "memory") 2 2)
  (func (export "fold") (param $from i32) (param $folded i32) (param $to i32) (param $end i32)
    (loop $next
      (v128.store (local.get $to)
        (v128.xor
          (v128.xor
            (v128.xor
              (v128.load (local.get $from))
              (v128.load (i32.sub (local.get $folded) (i32.const 64))))     ;;  4 blocks
            (v128.xor
              (v128.load (i32.sub (local.get $folded) (i32.const 128)))     ;;  8
              (v128.load (i32.sub (local.get $folded) (i32.const 336)))))   ;; 21
          (v128.xor
            (v128.xor
              (v128.load (i32.sub (local.get $folded) (i32.const 976)))     ;; 61
              (v128.load (i32.sub (local.get $folded) (i32.const 1072))))   ;; 67
            (v128.xor
              (v128.load (i32.sub (local.get $folded) (i32.const 1248)))    ;; 78
              (v128.load (i32.sub (local.get $folded) (i32.const 1264)))))))  ;; 79
      (local.set $folded (i32.add (local.get $folded) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (br_if $next
        (i32.lt_u
          (local.tee $from (i32.add (local.get $from) (i32.const 16)))
          (local.get $end))))))
