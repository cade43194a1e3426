#!/usr/bin/env bash
# Writes the clips of tests/golden/video/ with the ffmpeg program (made with 5.1). Each shows four quarters:
#   (200, 60, 40)   (40, 180, 70)
#   (60, 50, 210)   grey of 20 + 8 * frame number
set -euo pipefail
out=${1:-$(dirname "$0")/../tests/golden/video}
mkdir -p "$out"

quarter() { echo "if(lt(Y,H/2),if(lt(X,W/2),$1,$2),if(lt(X,W/2),$3,20+8*N))"; }

# encode SIZE FRAMES FILTER OUTPUT-OPTIONS... FILE
encode() {
  local size=$1 frames=$2 filter=$3
  shift 3
  ffmpeg -v error -y -f lavfi -i "color=black:s=$size:r=25,format=gbrp,geq=r='$(quarter 200 40 60)':g='$(quarter 60 180 50)':b='$(quarter 40 70 210)',$filter" \
    -frames:v "$frames" -threads 1 -fflags +bitexact -flags:v +bitexact -map_metadata -1 "$@"
}

limited=scale=out_color_matrix=bt601:out_range=tv,format=yuv420p
full10=scale=out_color_matrix=bt709:out_range=pc,format=yuv420p10le

encode 64x48 24 "$limited" -c:v libx264 -qp 4 -bf 3 -g 12 -colorspace smpte170m -color_range tv "$out/bt601_bframes.mp4"
# Six frames 40 ms apart, then 100 ms apart; 10 bits, full range.
encode 64x48 12 "$full10,settb=1/1000,setpts='if(lt(N,6),N*40,200+(N-5)*100)'" -fps_mode passthrough \
  -enc_time_base 1:1000 -c:v libx264 -qp 4 -colorspace bt709 -color_range pc "$out/bt709_full_10bit_vfr.mkv"
encode 35x27 10 "$limited" -c:v libvpx-vp9 -crf 4 -b:v 0 "$out/vp9_odd_size.webm"
encode 64x48 3 "$limited" -c:v libx264 -qp 4 -encryption_scheme cenc-aes-ctr \
  -encryption_key 00112233445566778899aabbccddeeff -encryption_kid 0123456789abcdef0123456789abcdef "$out/encrypted.mp4"
encode 64x48 30 "$limited" -c:v mpeg4 -q:v 2 -g 6 "$out/mpeg4.avi"
# Three frames, a gap of ten, seven frames: MPEG-4 with B-frames in AVI, whose packets have no presentation timestamps.
encode 64x48 10 "$limited,select='not(between(n,3,12))'" -fps_mode passthrough -c:v mpeg4 -q:v 2 -bf 2 \
  "$out/mpeg4_bframes_gap.avi"
# Twelve frames whose timestamps begin at 1.4 s. Two such files joined are a recording whose timestamps start again.
encode 64x48 12 "$limited" -c:v mpeg2video -q:v 2 -bf 2 -mpegts_flags +resend_headers "$out/mpeg2.ts"
# The timestamp of frame 5 is 500 s too late.
encode 64x48 12 "$limited" -c:v libvpx -crf 4 -b:v 1M -bsf:v "setts=pts='PTS+if(eq(N,5),500000,0)'" "$out/late_stamp.mkv"
# One clip in each of the other containers and raw formats, and one in a container that is not read.
encode 64x48 12 "$limited" -c:v wmv2 -q:v 2 "$out/windows.wmv"
encode 64x48 12 "$limited" -c:v mpeg2video -q:v 2 "$out/mpeg2.mxf"
encode 64x48 12 "$limited" -c:v mpeg4 -q:v 2 "$out/mpeg4.nut"
encode 64x48 12 "trim=end_frame=12,split[a][b];[a]palettegen[p];[b][p]paletteuse" "$out/animated.gif"
encode 64x48 12 "format=rgb24" -f apng "$out/animated.png"
encode 64x48 12 "$limited" -color_range tv -strict unofficial -c:v mjpeg -q:v 2 -f mjpeg "$out/jpegs.mjpeg"
encode 64x48 6 "$limited" "$out/plain.y4m"
encode 64x48 12 "$limited" -c:v libaom-av1 -crf 4 -b:v 0 -cpu-used 8 -f obu "$out/av1.obu"
encode 64x48 12 "$limited" -c:v mpeg4 -q:v 2 -f m4v "$out/mpeg4.m4v"
encode 128x96 12 "$limited" -c:v h263 -q:v 2 -f h263 "$out/raw.h263"
encode 64x48 3 "$limited" -c:v rv10 -q:v 2 "$out/real_media.rm"
encode 64x48 12 "$limited" -c:v flv1 -q:v 2 -flvflags no_duration_filesize "$out/flash.flv"
# A still picture that is marked as the main track, followed by a video.
encode 64x48 12 "$limited" -c:v mpeg4 -q:v 2 "$out/video.mp4"
ffmpeg -v error -y -f lavfi -i color=red:s=32x32:r=25:d=0.04 -i "$out/video.mp4" -map 0 -map 1 -c:v:0 mjpeg -c:v:1 copy \
  -disposition:v:0 default -disposition:v:1 0 -fflags +bitexact -flags:v +bitexact -map_metadata -1 "$out/still_first.mp4"
ffmpeg -v error -y -f lavfi -i color=red:s=32x32:r=25:d=0.04 -i "$out/video.mp4" -map 0 -map 1 -c:v:0 mjpeg -c:v:1 copy \
  -disposition:v:0 default -disposition:v:1 0 -fflags +bitexact -flags:v +bitexact -map_metadata -1 "$out/still_first.mkv"
ffmpeg -v error -y -f lavfi -i color=red:s=32x32:r=25:d=0.04 -i "$out/video.mp4" -map 0 -map 1 -c:v:0 mpeg4 -c:v:1 copy \
  -disposition:v:0 default -disposition:v:1 0 -fflags +bitexact -flags:v +bitexact -map_metadata -1 "$out/one_frame_first.mp4"
# Two videos, the second one marked as the main track.
ffmpeg -v error -y -f lavfi -i color=red:s=32x32:r=25:d=0.48 -i "$out/video.mp4" -map 0 -map 1 -c:v:0 mpeg4 -c:v:1 copy \
  -disposition:v:0 0 -disposition:v:1 default -fflags +bitexact -flags:v +bitexact -map_metadata -1 "$out/two_videos.mp4"
rm "$out/video.mp4"
# Files that do not name their colour matrix: wide and tall pictures use BT.709.
unmarked709=scale=out_color_matrix=bt709:out_range=tv,format=yuv420p
encode 1280x16 2 "$unmarked709" -c:v libx264 -qp 4 -g 1 "$out/wide_unmarked.mkv"
encode 16x592 2 "$unmarked709" -c:v libx264 -qp 4 -g 1 "$out/tall_unmarked.mkv"
encode 16x576 2 "$limited" -c:v libx264 -qp 4 -g 1 "$out/pal_unmarked.mkv"
# Raw H.264 without timestamps; the picture size changes after eight frames.
encode 64x48 8 "$limited" -c:v libx264 -qp 4 -f h264 "$out/first.264"
encode 96x64 5 "$limited" -c:v libx264 -qp 4 -f h264 "$out/second.264"
cat "$out/first.264" "$out/second.264" > "$out/size_change.264"
rm "$out/first.264" "$out/second.264"
ffmpeg -v error -y -f lavfi -i anullsrc=r=8000:cl=mono -t 0.2 -c:a aac -fflags +bitexact -flags:a +bitexact \
  -map_metadata -1 "$out/audio_only.mp4"
